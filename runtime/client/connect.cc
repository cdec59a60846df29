#include <cpp_lite/channel.h>

#include <string>
#include <utility>

#include "client/channel.h"
#include "client/dialer.h"
#include "io/target.h"
#include "wire/causes.h"

namespace cpp_lite {
namespace {

io::SocketOptions socket_options(const ConnectOptions& options) {
  io::SocketOptions socket;
  if (options.keepalive > std::chrono::nanoseconds::zero()) {  // gRFC A18
    socket.user_timeout = std::chrono::ceil<std::chrono::milliseconds>(options.keepalive_timeout);
  }
  return socket;
}

Status check_target(const std::string& text, bool insecure, io::Target& target) {
  Status status = io::parse_target(text, target);
  if (!status.ok() || insecure || target.is_local()) return status;
  return wire::local_status(wire::LocalCause::bad_configuration,
                            "plaintext to " + text + " needs .insecure = true");
}

}  // namespace

std::shared_ptr<Channel> connect(std::string target, ConnectOptions options) {
  io::Target parsed;
  Status status = check_target(target, options.insecure, parsed);
  if (!status.ok()) {
    return client::through_layers(client::failing_channel(std::move(status)), options.layers);
  }
  if (options.authority.empty()) options.authority = parsed.authority;
  auto dialer = client::dial_target(std::move(parsed), socket_options(options));
  return client::connect_through({.dialer = std::move(dialer)}, std::move(options));
}

}  // namespace cpp_lite
