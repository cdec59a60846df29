// A call that is made inside a served call: its deadline, and its end (docs/rules.md D12, D13).
// Both servers and the time are turned by hand.
#include <cpp_lite/testing.h>

#include "echo_server.h"

namespace e2e {
namespace {

using cpp_lite::SteadyTime;

// The server at the end of the chain.
class Last final : public Echo::Handler {
 public:
  Future<Result<Blob>> Wait(ServerContext& context, Blob request) override {
    remaining = context.remaining();
    timeout = context.metadata().get("grpc-timeout").value_or("");
    ++running;
    co_await context.cancelled();
    --running;
    co_return request;
  }

  std::chrono::nanoseconds remaining{};
  std::string timeout;
  int running = 0;
};

// Calls on when its own caller has half a second left, and would wait for five.
class Middle final : public Echo::Handler {
 public:
  explicit Middle(Echo::Client next) : next_(std::move(next)) {}
  Future<Result<Blob>> Wait(ServerContext& context, Blob request) override {
    remaining = context.remaining();
    cpp_lite::Reply<Blob> reply = co_await next_.Wait(request, 5s);
    heard = reply.status().code();
    if (!reply) co_return reply.status();
    co_return *reply;
  }

  std::chrono::nanoseconds remaining{};
  Code heard = Code::ok;

 private:
  Echo::Client next_;
};

class Relayed : public ::testing::Test {
 protected:
  Relayed() {
    back.add(last);
    middle.emplace(Echo::Client(cpp_lite::testing::in_process(back, {.deadline_margin = margin})));
    front.add(*middle);
    client.emplace(cpp_lite::testing::in_process(front));
  }
  ~Relayed() override {
    client.reset();
    turn();
  }

  void turn_front() {
    while (front.loop()->poll() > 0) {
    }
  }
  void turn() {
    while (front.loop()->poll() + back.loop()->poll() > 0) {
    }
  }

  static constexpr auto margin = 30ms;
  cpp_lite::testing::ManualClock clock;
  Last last;
  cpp_lite::Server back{{.clock = &clock, .manual_loops = true}};
  std::optional<Middle> middle;
  cpp_lite::Server front{{.clock = &clock, .manual_loops = true}};
  std::optional<Echo::Client> client;
};

TEST_F(Relayed, TheNextServerHasWhatIsLeftLessTheMargin) {
  auto pending = client->Wait(blob("x"), 500ms);
  turn();
  ASSERT_EQ(last.running, 1);
  EXPECT_EQ(middle->remaining, 500ms);
  EXPECT_LE(last.remaining, 500ms - margin);
  EXPECT_GT(last.remaining, 400ms);
}

TEST_F(Relayed, CancellingTheFirstCallEndsTheSecondWithinOneTurnOfItsLoop) {
  auto pending = client->Wait(blob("x"), 500ms);
  turn();
  ASSERT_EQ(last.running, 1);
  { auto dropped = std::move(pending); }
  turn_front();
  EXPECT_EQ(middle->heard, Code::ok) << "its call belongs to the other loop";
  back.loop()->poll();
  turn_front();
  EXPECT_EQ(middle->heard, Code::cancelled);
  turn();
  EXPECT_EQ(last.running, 0) << "the stream was reset";
}

TEST_F(Relayed, TheSecondCallEndsBeforeTheFirst) {
  auto pending = client->Wait(blob("x"), 500ms);
  turn();
  clock.advance(500ms - margin);
  turn();
  EXPECT_EQ(middle->heard, Code::deadline_exceeded);
  EXPECT_EQ(last.running, 0);
}

}  // namespace
}  // namespace e2e
