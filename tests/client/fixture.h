// A network channel over pipes on a loop that the test turns: the language of this room's tests.
#pragma once

#include <cpp_lite/channel.h>

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "client/channel.h"
#include "client/outgoing.h"
#include "peer.h"
#include "script.h"
#include "support/fake_loop.h"

namespace cpp_lite::client {

using namespace std::chrono_literals;

inline constexpr Method kUnary{.path = "/test.Service/Unary"};
inline constexpr Method kServerStream{.path = "/test.Service/Down", .server_streams = true};
inline constexpr Method kClientStream{.path = "/test.Service/Up", .client_streams = true};
inline constexpr Method kBidi{
    .path = "/test.Service/Both", .client_streams = true, .server_streams = true};

// A message to send.
inline Bytes bytes(std::string_view text) {
  Bytes out(kMessagePrefix);
  out.insert(out.end(), text.begin(), text.end());
  return out;
}
inline std::string text(const Bytes& message) { return {message.begin(), message.end()}; }

class ClientTest : public ::testing::Test {
 protected:
  ClientTest() {
    script->connect = [this] { return peer.connect(); };
    options.log = [this](LogLevel, std::string_view line) { log.emplace_back(line); };
  }
  ~ClientTest() override {
    channel_.reset();
    peer.close_all();
    script->connect = [] { return nullptr; };
    loop->run_until_idle();
  }

  std::shared_ptr<Channel> channel() {
    if (channel_ == nullptr) {
      options.loop = loop;
      options.authority = "test.example";
      channel_ = connect_through(
          {.dialer = std::make_unique<ScriptedDialer>(script), .random = [] { return 0.5; }},
          options);
    }
    return channel_;
  }
  void drop_channel() { channel_.reset(); }

  Future<RawReply> unary(Deadline deadline = Deadline::never(), CallSettings call = {},
                         std::string_view request = "ping") {
    return channel()->unary({&kUnary, deadline, std::move(call)}, bytes(request));
  }
  std::unique_ptr<RawStream> stream(const Method& method = kBidi,
                                    Deadline deadline = Deadline::never(), CallSettings call = {}) {
    return channel()->stream({&method, deadline, std::move(call)});
  }
  void turn() { loop->run_until_idle(); }

  // The result of a Future that must be there.
  template <typename T>
  T take(Future<T>& future) {
    EXPECT_TRUE(future.ready());
    if (!future.ready()) throw std::runtime_error("the Future is not ready");
    return future.take();
  }
  Status status_of(Future<RawReply>& future) { return take(future).status; }
  // How a unary call ends that the peer answers like this.
  template <typename F>
  RawReply answered(F answer, CallSettings call = {}) {
    Future<RawReply> reply = unary(Deadline::never(), std::move(call));
    turn();
    answer(peer.last());
    turn();
    return take(reply);
  }
  std::string read(RawStream& from) {
    Future<std::optional<Bytes>> next = from.read();
    turn();
    if (!next.ready()) return "(nothing yet)";
    std::optional<Bytes> message = next.take();
    return message ? text(*message) : "(end)";
  }
  RawReply finish(RawStream& call) {
    Future<RawReply> reply = call.finish();
    turn();
    return take(reply);
  }

  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  const std::shared_ptr<Script> script = std::make_shared<Script>();
  Peer peer{loop};
  ConnectOptions options;
  std::vector<std::string> log;

 private:
  std::shared_ptr<Channel> channel_;
};

}  // namespace cpp_lite::client
