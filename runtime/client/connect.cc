#include <cpp_lite/channel.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "client/channel.h"
#include "client/dialer.h"
#include "client/proxy.h"
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

Status bad(const std::string& why) {
  return wire::local_status(wire::LocalCause::bad_configuration, why);
}

Status check_target(const std::string& text, const ConnectOptions& options, io::Target& target) {
  Status status = io::parse_target(text, target);
  if (!status.ok()) return status;
  if (options.tls != nullptr) {
    return options.insecure ? bad(".insecure and .tls contradict each other")
                            : options.tls->check();
  }
  if (options.insecure || target.is_local()) return status;
  return bad("plaintext to " + text + " needs .insecure = true; or give it .tls");
}

std::unique_ptr<client::Dialer> dial(const io::Target& target, const ConnectOptions& options) {
  auto dialer = client::dial_target(target, socket_options(options));
  if (!target.endpoints.empty()) return dialer;
  return client::resolve_seldom(std::move(dialer), options.min_resolve_interval);
}

}  // namespace

std::shared_ptr<Channel> connect(std::string target, ConnectOptions options) {
  io::Target parsed;
  Status status = check_target(target, options, parsed);
  if (!status.ok()) {
    return client::through_layers(client::failing_channel(std::move(status)), options.layers);
  }
  if (options.authority.empty()) options.authority = parsed.authority;
  const std::string name = parsed.authority;
  std::optional<client::Proxy> proxy;
  const auto environment = [](const char* variable) { return std::getenv(variable); };
  status = client::choose_proxy(options.proxy, parsed, environment, proxy);
  if (!status.ok()) {
    return client::through_layers(client::failing_channel(bad(status.message())), options.layers);
  }
  auto dialer = dial(proxy ? proxy->at : parsed, options);
  if (proxy) dialer = client::dial_through(std::move(dialer), *proxy, parsed);
  if (options.tls != nullptr) dialer = client::dial_securely(std::move(dialer), options.tls, name);
  return client::connect_through({.dialer = std::move(dialer)}, std::move(options));
}

}  // namespace cpp_lite
