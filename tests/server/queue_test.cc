// Calls of RunOn::threads that wait for a thread: turned away, too late, or gone.
#include "server/queued.h"

namespace cpp_lite::server {
namespace {

class Queue : public Queued {
 protected:
  void SetUp() override {
    Queued::SetUp();
    connect();
  }
};

TEST_F(Queue, ServesWhoWaitedInTime) {
  auto first = occupy();
  auto second = wait_in_line();
  let_go();
  EXPECT_EQ(first->status(), "0");
  EXPECT_EQ(second->status(), "0");
  EXPECT_EQ(runs, 2);
}

TEST_F(Queue, ThatIsFullTurnsAwayUnexecutedAndSaysWhenToComeBack) {
  auto first = occupy();
  auto second = wait_in_line();
  auto third = wait_in_line();
  auto refused = wait_in_line();
  EXPECT_EQ(refused->status(), "14");
  EXPECT_TRUE(refused->trailers_only());
  EXPECT_TRUE(refused->not_executed());
  EXPECT_EQ(refused->pushback(), "550");
  EXPECT_EQ(shard->counters.refused_by_queue, 1u);
  let_go();
  EXPECT_EQ(third->status(), "0");
  EXPECT_EQ(runs, 3);
}

TEST_F(Queue, ThatStaysFullSaysNotToComeBack) {
  auto first = occupy();
  auto second = wait_in_line();
  auto third = wait_in_line();
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(wait_in_line()->pushback(), "550");
    loop->advance(501ms);
  }
  auto refused = wait_in_line();
  EXPECT_EQ(refused->pushback(), "-1");
  EXPECT_TRUE(refused->not_executed());
}

TEST_F(Queue, AnswersAtTheDeadlineAndNeverRunsTheHandler) {
  auto first = occupy();
  auto late = wait_in_line({{"grpc-timeout", "1S"}});
  loop->advance(1s);
  EXPECT_EQ(late->status(), "4");
  EXPECT_TRUE(late->trailers_only());
  EXPECT_TRUE(late->not_executed());
  EXPECT_EQ(shard->counters.expired_in_queue, 1u);
  let_go();
  EXPECT_EQ(runs, 1);
}

// The thread comes to it before the loop's timer does.
TEST_F(Queue, AThreadThatFindsTheDeadlinePassedDoesNotRunTheHandlerEither) {
  auto first = occupy();
  auto late = wait_in_line({{"grpc-timeout", "1S"}});
  bool run_first = false;
  loop->post([&] {
    gate.release(100);
    std::binary_semaphore idle(0);
    config.pool->submit([&] { idle.release(); });
    idle.acquire();
    run_first = true;
  });
  loop->advance_late(1s);
  turn();
  EXPECT_TRUE(run_first);
  EXPECT_EQ(late->status(), "4");
  EXPECT_TRUE(late->not_executed());
  EXPECT_EQ(shard->counters.expired_in_queue, 1u);
  EXPECT_EQ(runs, 1);
}

TEST_F(Queue, AHandlerThatRunsAtTheDeadlineMayHaveExecuted) {
  auto first = occupy({{"grpc-timeout", "1S"}});
  loop->advance(1s);
  EXPECT_EQ(first->status(), "4");
  EXPECT_FALSE(first->not_executed());
  EXPECT_EQ(shard->counters.expired_in_queue, 0u);
}

TEST_F(Queue, ServesWhoWaitedHalfOfWhatIsLeft) {
  auto first = occupy();
  auto patient = wait_in_line({{"grpc-timeout", "9S"}});
  loop->advance(3s);
  let_go();
  EXPECT_EQ(patient->status(), "0");
}

TEST_F(Queue, DropsWhoWaitedLongerThanHalfOfWhatIsLeft) {
  auto first = occupy();
  auto late = wait_in_line({{"grpc-timeout", "9S"}});
  loop->advance(3s + 1ns);
  let_go();
  EXPECT_EQ(late->status(), "14");
  EXPECT_TRUE(late->not_executed());
  EXPECT_EQ(late->pushback(), "550");
  EXPECT_EQ(shard->counters.expired_in_queue, 1u);
  EXPECT_EQ(runs, 1);
}

TEST_F(Queue, ForgetsWhoseClientIsGone) {
  auto first = occupy();
  auto gone = wait_in_line();
  client->reset(id, 8);
  turn();
  let_go();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(shard->counters.running, 0u);
}

TEST_F(Queue, AtTheEndOfADrainProvesThatWhoStillWaitsWasNotExecuted) {
  auto first = occupy();
  auto waits = wait_in_line();
  shard->drain(loop->now() + 10s, nullptr);
  loop->advance(10s);
  EXPECT_EQ(first->status(), "14");
  EXPECT_FALSE(first->not_executed());
  EXPECT_EQ(waits->status(), "14");
  EXPECT_TRUE(waits->not_executed());
  EXPECT_EQ(shard->counters.refused_by_drain, 1u);
  let_go();
  EXPECT_EQ(runs, 1);
}

TEST_F(Queue, ProvesNothingBehindAMeshThatSendsAgain) {
  auto first = occupy();
  auto second = wait_in_line();
  auto third = wait_in_line();
  auto repeated = wait_in_line({{"x-envoy-attempt-count", "2"}});
  EXPECT_EQ(repeated->status(), "14");
  EXPECT_EQ(repeated->pushback(), "550");
  EXPECT_FALSE(repeated->not_executed());
  EXPECT_TRUE(wait_in_line({{"x-envoy-attempt-count", "1"}})->not_executed());
}

TEST_F(Queue, OfAStreamThatBreaksTheRulesProvesNothing) {
  auto first = occupy();
  auto broken = open(request("/test.Bytes/Collect"));
  send(framed("x", 7), false);
  EXPECT_EQ(broken->status(), "13");
  EXPECT_FALSE(broken->not_executed());
}

}  // namespace
}  // namespace cpp_lite::server
