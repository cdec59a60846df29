// Against a server that answers UNAVAILABLE to the first two attempts of every call and then tells
// what it was told of earlier ones: cpp_lite_retry_client --server_port=N --test_case=NAME
#include <cpp_lite/channel.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "flags.h"

namespace interop {
namespace {

using cpp_lite::Bytes;
using cpp_lite::Code;
using cpp_lite::Method;
using cpp_lite::Outcome;
using cpp_lite::RawReply;
using cpp_lite::Safety;
using cpp_lite::Status;

constexpr std::chrono::seconds kPatience{30};
// What three attempts have told: the header grpc-previous-rpc-attempts of each.
constexpr const char* kThree = "absent,1,2";

constexpr Method kIdempotent{.path = "/retries.Flaky/Get", .safety = Safety::idempotent};
constexpr Method kUnsafe{.path = "/retries.Flaky/Get"};
constexpr Method kStream{
    .path = "/retries.Flaky/List", .server_streams = true, .safety = Safety::no_side_effects};
// Answers at once with what was told so far.
constexpr Method kReport{.path = "/retries.Flaky/Report"};

class Client {
 public:
  Client(const std::string& address, std::string call)
      : channel_(cpp_lite::connect(address, {.insecure = true})), call_(std::move(call)) {}

  RawReply ask(const Method& method) {
    return channel_->unary({&method, kPatience, {}}, request()).get();
  }
  // Of a stream with one message: as if it were unary.
  RawReply ask_for_stream(const Method& method) {
    const auto stream = channel_->stream({&method, kPatience, {}});
    (void)stream->write(request()).get();
    (void)stream->close_writes().get();
    const auto message = stream->read().get();
    RawReply reply = stream->finish().get();
    if (message) reply.message = *message;
    return reply;
  }

 private:
  Bytes request() const {
    Bytes bytes(cpp_lite::kMessagePrefix + call_.size());
    std::copy(call_.begin(), call_.end(), bytes.begin() + cpp_lite::kMessagePrefix);
    return bytes;
  }

  std::shared_ptr<cpp_lite::Channel> channel_;
  const std::string call_;  // its name for the server
};

int complain(const RawReply& reply) {
  const std::string told(reply.message.begin(), reply.message.end());
  std::fprintf(stderr, "\"%s\"\n%s\n", told.c_str(), reply.status.to_string().c_str());
  return 1;
}

bool told(const RawReply& reply, const std::string& wanted) {
  return reply.status.ok() && std::string(reply.message.begin(), reply.message.end()) == wanted;
}

int is_repeated(const RawReply& reply) {
  const auto& attempts = reply.status.attempts();
  const bool thrice = attempts.size() == 3 && attempts[0].outcome == Outcome::rejected &&
                      attempts[1].outcome == Outcome::rejected &&
                      attempts[2].outcome == Outcome::ok;
  return told(reply, kThree) && thrice && reply.attempts == 3 ? 0 : complain(reply);
}

int is_not_repeated(Client& client) {
  const RawReply reply = client.ask(kUnsafe);
  const bool once = reply.status.code() == Code::unavailable &&
                    reply.status.attempts().size() == 1 && !reply.status.is_not_executed();
  if (!once) return complain(reply);
  const RawReply report = client.ask(kReport);
  return told(report, "absent") ? 0 : complain(report);
}

int run(const Flags& flags) {
  const std::string name = flags.get("test_case");
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  Client client(flags.get("server_host", "127.0.0.1") + ":" + flags.get("server_port"),
                name + std::to_string(now));
  if (name == "idempotent_thrice") return is_repeated(client.ask(kIdempotent));
  if (name == "stream_thrice") return is_repeated(client.ask_for_stream(kStream));
  if (name == "unsafe_once") return is_not_repeated(client);
  std::fprintf(stderr, "unknown test case %s\n", name.c_str());
  return 2;
}

}  // namespace
}  // namespace interop

int main(int argc, char** argv) { return interop::run(interop::Flags(argc, argv)); }
