// Keyed handlers that block their thread, and the end of a server that has some.
#include <cpp_lite/server.h>

#include <atomic>
#include <map>
#include <semaphore>

#include "idempotency/keyed_calls.h"

namespace cpp_lite::idempotency {
namespace {

// One thread. The store is asked on it, and by renewals on the loop while the handler blocks.
class KeyedThreads : public KeyedCalls {
 protected:
  void SetUp() override {
    KeyedCalls::SetUp();
    run_on = RunOn::threads;
    config.pool = std::make_shared<io::ThreadPool>(1, 10);
    keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
      begun.release();
      gate.acquire();
      was_cancelled = bool(call.context().cancelled());
      call.respond(outgoing("charged late"));
      return Status();
    };
  }
  void TearDown() override {
    gate.release(10);
    config.pool->stop();
    KeyedCalls::TearDown();
  }
  std::shared_ptr<Answer> occupy(Headers more = {}) {
    auto answer = charge("5 EUR", "a-key-of-16-or-more", std::move(more));
    begun.acquire();
    turn();
    return answer;
  }
  void let_go() {
    gate.release();
    std::binary_semaphore idle(0);
    config.pool->submit([&] { idle.release(); });
    idle.acquire();
    turn();
  }

  std::counting_semaphore<> begun{0}, gate{0};
};

TEST_F(KeyedThreads, TheLeaseOfAHandlerThatBlocksIsRenewed) {
  serve();
  const auto answer = occupy();
  loop->advance(25s);
  EXPECT_GE(store->count(Op::renew), 5U);
  ASSERT_NE(store->only(), nullptr);
  EXPECT_GT(store->only()->lease_until, store->now());
  let_go();
  EXPECT_EQ(body(*answer), "charged late");
  const std::size_t renewals = store->count(Op::renew);
  loop->advance(30s);
  EXPECT_EQ(store->count(Op::renew), renewals);
}

TEST_F(KeyedThreads, AHandlerThatBlocksHearsThatItsKeyIsLost) {
  serve();
  const auto answer = occupy();
  Record& record = taken_over();
  record.state = State::completed;
  record.result.body = {'x'};
  record.expires_at = store->now() + 1h;
  loop->advance(4s);
  let_go();
  EXPECT_TRUE(was_cancelled);
  EXPECT_EQ(body(*answer), "x");
}

TEST_F(KeyedThreads, WhereTransactionsHoldUpTheStoreALeaseLastsThatLongAndIsNotRenewed) {
  KeyPolicy transaction = keyed.policy;
  transaction.effects = Effects::transactional;
  transaction.max_execution = 20s;
  store->can.one_writer = true;
  serve();
  ASSERT_TRUE(config.keyed->check(kCharge, transaction, RunOn::threads).ok());
  const auto answer = occupy();
  loop->advance(25s);
  EXPECT_EQ(store->leases, std::vector<Milliseconds>{55s});
  EXPECT_EQ(store->count(Op::renew), 0U);
  let_go();
  EXPECT_EQ(answer->status(), "0");
}

// --- The end of a server ---

class KeyedEnd : public KeyedCalls {
 protected:
  void drain(std::chrono::nanoseconds time) {
    shard->drain(loop->now() + time, [this] { drained = true; });
    turn();
  }
  bool drained = false;
};

TEST_F(KeyedEnd, WaitsForAResultThatIsBeingStored) {
  store->next(Op::complete, Fault::lost, 8);
  serve();
  const auto answer = charge();
  drain(30s);
  loop->advance(5s);
  EXPECT_EQ(body(*answer), "charged 5 EUR");
  client->close("done");
  client.reset();
  turn();
  EXPECT_TRUE(drained);
}

TEST_F(KeyedEnd, DoesNotWaitForAStoreThatIsGone) {
  store->next(Op::complete, Fault::lost, 1000);
  serve();
  charge();
  drain(10s);
  loop->advance(9s);
  EXPECT_FALSE(drained);
  loop->advance(7s);  // an operation that hangs may take 5 s
  EXPECT_TRUE(drained);
}

TEST_F(KeyedEnd, DoesNotWaitForTheAnswerOfACommitEither) {
  keyed.policy.effects = Effects::transactional;
  store->next(Op::commit, Fault::unheard);
  store->next(Op::release, Fault::silent, 1000);
  store->next(Op::lookup, Fault::silent, 1000);
  serve();
  charge("5 EUR", "a-key-of-16-or-more", {{"grpc-timeout", "60S"}});
  drain(1s);
  loop->advance(12s);
  EXPECT_TRUE(drained);
}

// --- Metrics ---

TEST_F(KeyedEnd, EachCallIsCountedOnce) {
  std::size_t calls = 0;
  serve();
  const auto count = [&](const std::shared_ptr<Answer>& answer) {
    loop->advance(3s);
    EXPECT_TRUE(answer->ended);
    ++calls;
  };
  const auto fresh = [&] { return "key-of-16-or-more-" + std::to_string(calls); };
  const Headers second = {{"grpc-timeout", "1S"}};
  count(charge());
  count(charge());
  count(charge("6 EUR"));
  count(charge("5 EUR", ""));
  store->next(Op::begin, Fault::lost, 100);
  count(charge("5 EUR", fresh(), second));
  store->heal();
  store->next(Op::complete, Fault::lost, 7);
  count(charge("5 EUR", fresh(), second));
  fail_with(Status(Code::internal, "oops"));
  count(charge("5 EUR", fresh()));
  fail_with(Status::not_executed(Code::aborted, "not now"));
  count(charge("5 EUR", fresh()));
  hold();
  const auto lost = charge("5 EUR", fresh(), second);
  for (auto& [id, record] : store->records) record.token = Token{9};
  finish();
  count(lost);
  std::map<KeyedEvent::Kind, std::size_t> kinds;
  for (const KeyedEvent::Kind kind : events) ++kinds[kind];
  EXPECT_EQ(kinds, (std::map<KeyedEvent::Kind, std::size_t>{{KeyedEvent::Kind::executed, 1},
                                                            {KeyedEvent::Kind::released, 1},
                                                            {KeyedEvent::Kind::replayed, 1},
                                                            {KeyedEvent::Kind::busy, 1},
                                                            {KeyedEvent::Kind::mismatched, 1},
                                                            {KeyedEvent::Kind::unknown, 2},
                                                            {KeyedEvent::Kind::invalid, 1},
                                                            {KeyedEvent::Kind::store_failed, 1}}));
  EXPECT_EQ(events.size(), calls);
}

}  // namespace
}  // namespace cpp_lite::idempotency
