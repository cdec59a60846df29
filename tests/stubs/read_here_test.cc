// Handlers that read into a message: small ones are parsed from where they arrived.
#include <google/protobuf/wrappers.pb.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/served_calls.h"
#include "wire/compress.h"
#include "wire/frame.h"

namespace cpp_lite::server {
namespace {

using google::protobuf::StringValue;

Bytes wire_of(const std::string& value, std::uint8_t flag = 0) {
  StringValue message;
  message.set_value(value);
  const std::string plain = message.SerializeAsString();
  if (flag == 0) return framed(plain);
  Bytes zipped;
  EXPECT_TRUE(wire::Gzip().compress(bytes(plain), zipped).ok());
  return framed(text(zipped), flag);
}

void append(Bytes& to, const Bytes& more) { to.insert(to.end(), more.begin(), more.end()); }

class ReadHere : public ServedCalls {
 protected:
  void SetUp() override {
    ServedCalls::SetUp();
    service.chat = [this](detail::ServedCall& call) -> Future<Status> {
      StringValue message;
      while (co_await detail::read_message(call, message)) {
        got.push_back(message.value());
        if (message.value() != "wait") continue;
        gate.emplace(loop);
        co_await gate->future();
      }
      received = call.context().message_bytes().received;
      co_return Status();
    };
  }
  std::shared_ptr<Answer> chat() {
    return open(request("/test.Bytes/Chat", {{"grpc-encoding", "gzip"}}));
  }
  void open_gate() {
    if (auto open = std::exchange(gate, std::nullopt)) open->set();
    turn();
  }

  std::vector<std::string> got;
  std::uint64_t received = 0;
};

TEST_F(ReadHere, AHandlerReadsAllThatCameAtOnce) {
  Bytes body;
  std::vector<std::string> sent;
  for (int i = 0; i < 3000; ++i) append(body, wire_of(sent.emplace_back(std::to_string(i))));
  const auto answer = chat();
  const std::size_t size = body.size();
  send(std::move(body), true);
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(got, sent);
  EXPECT_EQ(received, size - sent.size() * wire::kPrefixSize);
}

TEST_F(ReadHere, WhereverARequestIsCutAHandlerReadsTheSame) {
  Bytes body;
  const std::vector<std::string> sent = {"a", "", "wait", "zipped", "b", "wait", "cc", "d"};
  for (const std::string& value : sent) append(body, wire_of(value, value == "zipped" ? 1 : 0));
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    got.clear();
    const auto answer = chat();
    const auto middle = body.begin() + static_cast<std::ptrdiff_t>(cut);
    send({body.begin(), middle}, false);
    open_gate();
    send({middle, body.end()}, true);
    open_gate();
    open_gate();
    ASSERT_EQ("0", answer->status()) << cut;
    ASSERT_EQ(got, sent) << cut;
  }
}

TEST_F(ReadHere, AMessageThatDoesNotParseFailsTheCallWhereItsReaderHasCome) {
  Bytes body = wire_of("a");
  append(body, wire_of("b"));
  append(body, framed("\x0a\x05x"));
  append(body, wire_of("c"));
  const auto answer = chat();
  send(std::move(body), false);
  EXPECT_EQ("13", answer->status());
  EXPECT_EQ(got, (std::vector<std::string>{"a", "b"}));
}

TEST_F(ReadHere, BadGzipFailsTheCallWhereItsReaderHasCome) {
  Bytes body = wire_of("a");
  append(body, framed("no gzip", 1));
  append(body, wire_of("c"));
  const auto answer = chat();
  send(std::move(body), false);
  EXPECT_EQ("13", answer->status());
  EXPECT_EQ(got, std::vector<std::string>{"a"});
}

TEST_F(ReadHere, WhatIsWrongInTheSameReadIsFoundBeforeWhatIsRight) {
  Bytes body = wire_of("a");
  append(body, {9, 0, 0, 0, 0});
  const auto answer = chat();
  send(std::move(body), false);
  EXPECT_EQ("13", answer->status());
  EXPECT_TRUE(got.empty());
}

TEST_F(ReadHere, AReadThatWasGivenUpLeavesItsMessageToTheNext) {
  service.chat = [this](detail::ServedCall& call) -> Future<Status> {
    StringValue message;
    { Future<bool> given_up = detail::read_message(call, message); }
    while (co_await detail::read_message(call, message)) got.push_back(message.value());
    co_return Status();
  };
  Bytes body = wire_of("a");
  append(body, wire_of("b"));
  const auto answer = chat();
  send(std::move(body), true);
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(got, (std::vector<std::string>{"a", "b"}));
}

// 1 MiB is the window: it bounds what waits, and all of it opens again.
TEST_F(ReadHere, TheWindowHoldsBackAClientWhoseMessagesNobodyReads) {
  Bytes body = wire_of("wait");
  constexpr std::size_t kMessages = 300'000;
  const Bytes small = wire_of("small");
  for (std::size_t i = 0; i < kMessages; ++i) append(body, small);
  const auto answer = chat();
  const std::size_t size = body.size();
  send(std::move(body), true);
  EXPECT_EQ(got, std::vector<std::string>{"wait"});
  EXPECT_GE(client->queued(id), size - (1 << 20));
  open_gate();
  EXPECT_EQ("0", answer->status());
  EXPECT_EQ(got.size(), 1 + kMessages);
}

}  // namespace
}  // namespace cpp_lite::server
