// Retries along a chain of servers: what a repetition adds to the load of the last one
// (docs/rules.md, "Amplification"). Servers and time are turned by hand.
#include <cpp_lite/testing.h>

#include "echo_server.h"

namespace e2e {
namespace {

using cpp_lite::RetryHint;

// The end of the chain: it is always busy.
class Busy final : public Echo::Handler {
 public:
  Future<Result<Blob>> Look(ServerContext&, Blob) override {
    ++asked;
    Status status(Code::unavailable, "busy");
    if (forbids) status.set_pushback(-1ms);
    return status;
  }

  int asked = 0;
  bool forbids = false;
};

// Asks the next one, and hands its error on.
class Gateway final : public Echo::Handler {
 public:
  explicit Gateway(Echo::Client next) : next_(std::move(next)) {}
  Future<Result<Blob>> Look(ServerContext& context, Blob request) override {
    hints.push_back(context.retry_hint());
    cpp_lite::Reply<Blob> reply = co_await next_.Look(request, 300s, {.detached = detached});
    if (!reply) co_return reply.status();
    co_return *reply;
  }

  bool detached = false;
  std::vector<RetryHint> hints;

 private:
  Echo::Client next_;
};

class Amplification : public ::testing::Test {
 protected:
  void connect(bool hint) {
    back.add(busy);
    middle.emplace(Echo::Client(cpp_lite::testing::in_process(back)));
    front.emplace(
        cpp_lite::ServerOptions{.clock = &clock, .manual_loops = true, .hint_retries = hint});
    front->add(*middle);
    client.emplace(cpp_lite::testing::in_process(*front));
  }
  ~Amplification() override {
    client.reset();
    turn();
  }
  void turn() {
    while (front->loop()->poll() + back.loop()->poll() > 0) {
    }
  }
  // How a call ends after as much time as it wants.
  Status look() {
    auto reply = client->Look(blob("x"), 300s);
    for (int i = 0; i < 100 && !reply.ready(); ++i) {
      turn();
      if (!reply.ready()) clock.advance(100ms);
    }
    return reply.ready() ? reply.get().status() : Status(Code::unknown, "it does not end");
  }

  cpp_lite::testing::ManualClock clock;
  Busy busy;
  cpp_lite::Server back{{.clock = &clock, .manual_loops = true}};
  std::optional<Gateway> middle;
  std::optional<cpp_lite::Server> front;
  std::optional<Echo::Client> client;
};

TEST_F(Amplification, RetriesMultiplyAlongAChainByDefault) {
  connect(false);
  EXPECT_EQ(look().message(), "busy");
  EXPECT_EQ(middle->hints, std::vector(3, RetryHint::none));
  EXPECT_EQ(busy.asked, 9);
}

TEST_F(Amplification, AHandlerThatServesARepetitionMakesOneAttemptEachIfTheServerSaysSo) {
  connect(true);
  EXPECT_EQ(look().message(), "busy");
  EXPECT_EQ(middle->hints,
            (std::vector{RetryHint::none, RetryHint::attempts_1, RetryHint::attempts_1}));
  EXPECT_EQ(busy.asked, 3 + 1 + 1);
}

TEST_F(Amplification, ADetachedCallIsNobodysRepetition) {
  connect(true);
  middle->detached = true;
  EXPECT_EQ(look().message(), "busy");
  EXPECT_EQ(busy.asked, 9);
}

TEST_F(Amplification, WhatTheLastServerForbidsNobodyRepeats) {
  connect(false);
  busy.forbids = true;
  const Status status = look();
  EXPECT_EQ(busy.asked, 1);
  EXPECT_EQ(middle->hints.size(), 1U);
  EXPECT_EQ(status.pushback(), -1ms) << "as the last server said it";
}

}  // namespace
}  // namespace e2e
