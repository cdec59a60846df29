// Keyed messages inside a stream (docs/rules.md, "Inside a handler").
#include "idempotency/keyed_calls.h"

namespace cpp_lite::idempotency {
namespace {

using server::bytes;

// Each message of the stream is charged like a call to kCharge; the answer lists what became of
// them.
class KeyedMessages : public KeyedCalls {
 protected:
  void SetUp() override {
    KeyedCalls::SetUp();
    service.collect = [this](detail::ServedCall& call) { return collect(call); };
  }
  Future<Status> collect(detail::ServedCall& call) {
    std::string all;
    const Route& route = keyed.routes()[0];
    while (auto message = co_await call.read()) {
      KeyedAnswer answer = co_await call.context().execute_keyed(keyed, route, *message);
      all +=
          answer.status.ok() ? text(answer.response) : std::string(to_string(answer.status.code()));
      all += answer.replayed ? " again;" : ";";
    }
    call.respond(outgoing(all));
    co_return Status();
  }
  std::shared_ptr<Answer> stream(const std::vector<std::string>& messages) {
    auto answer =
        open(request("/test.Bytes/Collect", {{"idempotency-key", "a-key-of-16-or-more"}}));
    for (const std::string& message : messages) send(server::framed(message), false);
    client->send_data(id, {}, true);
    turn();
    return answer;
  }
};

TEST_F(KeyedMessages, AMessageIsExecutedOnceHoweverOftenItComes) {
  serve();
  EXPECT_EQ(body(*stream({"5 EUR", "5 EUR"})), "charged 5 EUR;charged 5 EUR again;");
  EXPECT_EQ(runs, 1);
}

TEST_F(KeyedMessages, AMessageAndACallShareTheirKey) {
  serve();
  charge("5 EUR");
  EXPECT_EQ(body(*stream({"5 EUR"})), "charged 5 EUR again;");
}

TEST_F(KeyedMessages, WhatIsWrongWithAMessageIsAValueAndTheStreamGoesOn) {
  serve();
  EXPECT_EQ(body(*stream({"5 EUR", "6 EUR", "5 EUR"})),
            "charged 5 EUR;INVALID_ARGUMENT;charged 5 EUR again;");
}

TEST_F(KeyedMessages, TheEndOfTheStreamDoesNotEndAnExecution) {
  hold();
  serve();
  auto answer = open(request("/test.Bytes/Collect", {{"idempotency-key", "a-key-of-16-or-more"}}));
  send(server::framed("5 EUR"), false);
  client->reset(id, 8);
  turn();
  finish();
  EXPECT_FALSE(was_cancelled);
  EXPECT_EQ(body(*charge("5 EUR")), "charged late");
  EXPECT_EQ(runs, 1);
}

// With keys of their own, in the messages.
TEST_F(KeyedMessages, ServedAtOnceAllOfThemHearThatTheServerEnds) {
  static constexpr Method kByField{.path = "/test.Keyed/Charge", .key_field = 1};
  hold();
  service.collect = [this](detail::ServedCall& call) -> Future<Status> {
    Route route = keyed.routes()[0];
    route.method = &kByField;
    const Bytes one = bytes("\n\x10the-first-of-all"), two = bytes("\n\x10the-second-of-al");
    std::vector<Future<KeyedAnswer>> both;
    both.push_back(call.context().execute_keyed(keyed, route, one));
    both.push_back(call.context().execute_keyed(keyed, route, two));
    (void)co_await when_all(std::move(both));
    co_return Status(Code::aborted, "all have ended");
  };
  serve();
  const auto answer = open(request("/test.Bytes/Collect"));
  ASSERT_EQ(gates.size(), 2U);
  shard->drain(loop->now(), nullptr);
  turn();
  finish(0);
  EXPECT_TRUE(was_cancelled);
  was_cancelled = false;
  finish(1);
  EXPECT_TRUE(was_cancelled);
}

TEST_F(KeyedMessages, WithoutTheirStoreTheyAreRefused) {
  config.router.add(keyed, run_on);
  connect();
  EXPECT_EQ(body(*stream({"5 EUR"})), "FAILED_PRECONDITION;");
  EXPECT_EQ(runs, 0);
}

}  // namespace
}  // namespace cpp_lite::idempotency
