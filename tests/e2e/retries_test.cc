// Unsafe calls while servers come and go, fill up and lie: none runs twice, and what is said not to
// have run has not (docs/rules.md, "Attempts", "Executed or not").
#include <array>
#include <atomic>
#include <future>
#include <thread>

#include "echo_server.h"

namespace e2e {
namespace {

using cpp_lite::Attempt;
using cpp_lite::ConnectOptions;
using cpp_lite::Outcome;
using cpp_lite::RunOn;
using cpp_lite::ServerOptions;

constexpr std::size_t kMostCalls = 10'000;

// Counts how often each call is executed: its number is in the request.
class Ledger final : public Echo::Handler {
 public:
  Future<Result<Blob>> Unary(ServerContext&, Blob request) override {
    enter(request);
    return request;
  }
  Future<Result<Blob>> Wait(ServerContext& context, Blob request) override {
    enter(request);
    ++waits_;
    waits_.notify_all();
    co_await context.cancelled();
    co_return request;
  }
  Future<Result<Blob>> Block(ServerContext&, Blob request) override {
    enter(request);
    gate.wait(false);
    return request;
  }

  int runs(std::size_t call) const { return runs_.at(call); }
  // Until so many calls of Wait() have begun.
  void wait_for(int calls) const {
    for (int begun = waits_; begun < calls; begun = waits_) waits_.wait(begun);
  }
  void open_gate() {
    gate = true;
    gate.notify_all();
  }

 private:
  void enter(const Blob& request) { ++runs_.at(static_cast<std::size_t>(request.count())); }

  std::atomic<int> waits_ = 0;
  std::array<std::atomic<int>, kMostCalls> runs_{};
  std::atomic<bool> gate = false;
};

// How many calls ended which way.
struct Ends {
  int ok = 0;
  int proven = 0;   // failed, and never ran
  int unknown = 0;  // failed, and nobody can tell
  int repeated = 0;
};

class Retries : public ::testing::Test {
 protected:
  ~Retries() override { ledger.open_gate(); }

  void serve(ServerOptions options = {}, RunOn run_on = RunOn::loop,
             cpp_lite::ServerLayer layer = {}) {
    if (server) replace_server();
    options.log = {};
    server = std::make_unique<cpp_lite::Server>(std::move(options));
    server->add(ledger, run_on);
    if (layer) server->add(std::move(layer));
    const Status status = server->listen("127.0.0.1:" + std::to_string(port));
    ASSERT_TRUE(status.ok()) << status.to_string();
    port = server->port();
  }
  // It was told to shut down. That closes its socket on its loop, and then the port is free.
  void replace_server() {
    std::promise<void> closed;
    server->loop()->post([&] { closed.set_value(); });
    closed.get_future().wait();
    past.push_back(std::move(server));
  }
  Echo::Client client() {
    ConnectOptions options{
        .wait_for_ready = true, .initial_backoff = 1ms, .max_backoff = 10ms, .log = {}};
    return Echo::Client(cpp_lite::connect("127.0.0.1:" + std::to_string(port), options));
  }

  using Replies = std::vector<Future<cpp_lite::Reply<Blob>>>;
  void call(Echo::Client& echo, Replies& replies, int calls) {
    for (int i = 0; i < calls; ++i) replies.push_back(echo.Unary(next(), kPatience));
  }
  Blob next() { return blob("charge", static_cast<std::int64_t>(number++)); }

  // Waits for them; they are the calls from `first` on.
  Ends settle(Replies& replies, std::size_t first) {
    Ends ends;
    for (std::size_t i = 0; i < replies.size(); ++i) {
      const cpp_lite::Reply<Blob> reply = replies[i].get();
      const Status status = reply.status();
      const int runs = ledger.runs(first + i);
      EXPECT_LE(runs, 1) << status.to_string();
      if (status.ok()) {
        EXPECT_EQ(runs, 1) << status.to_string();
      }
      if (status.is_not_executed()) {
        EXPECT_EQ(runs, 0) << status.to_string();
      }
      ends.repeated += status.attempts().size() > 1 ? 1 : 0;
      ++(status.ok() ? ends.ok : status.is_not_executed() ? ends.proven : ends.unknown);
    }
    return ends;
  }

  Ledger ledger;
  std::unique_ptr<cpp_lite::Server> server;
  std::vector<std::unique_ptr<cpp_lite::Server>> past;
  int port = 0;            // of all of them
  std::size_t number = 0;  // of the next call
};

// Four hundred calls for each server, which is told to go in the middle of them.
class Drains : public Retries, public ::testing::WithParamInterface<std::uint32_t> {};

TEST_P(Drains, NeverMakeAnUnsafeCallRunTwiceNorLeaveItsFateOpen) {
  const ServerOptions options{.max_concurrent_streams = GetParam()};
  serve(options);
  Echo::Client echo = client();
  Ends all;
  for (int round = 0; round < 25; ++round) {
    const std::size_t first = number;
    Replies replies;
    call(echo, replies, 100 + round * 4);
    server->shutdown(60s);
    call(echo, replies, 100);
    serve(options);
    call(echo, replies, 200 - round * 4);
    const Ends ends = settle(replies, first);
    all.ok += ends.ok;
    all.proven += ends.proven;
    all.unknown += ends.unknown;
  }
  EXPECT_EQ(all.unknown, 0);
  EXPECT_GT(all.ok, 9'900) << all.proven << " were provably not executed";
}

INSTANTIATE_TEST_SUITE_P(StreamLimits, Drains, ::testing::Values(1000, 5));

TEST_F(Retries, ServersThatVanishMakeNoUnsafeCallRunTwice) {
  serve();
  Echo::Client echo = client();
  Ends all;
  for (int round = 0; round < 10; ++round) {
    const std::size_t first = number;
    Replies replies;
    for (int i = 0; i < 20; ++i) replies.push_back(echo.Wait(next(), kPatience));
    ledger.wait_for(20 * (round + 1));
    call(echo, replies, 50 + round * 4);
    if (round % 2 == 0) server->shutdown(0s);
    call(echo, replies, 100);
    if (round % 2 == 1) server.reset();
    serve();
    call(echo, replies, 100);
    const Ends ends = settle(replies, first);
    all.unknown += ends.unknown;
    all.ok += ends.ok;
    all.repeated += ends.repeated;
  }
  EXPECT_GT(all.repeated, 0) << "no server went while requests were under way";
  EXPECT_GE(all.unknown, 200) << "handlers that ran cannot be proven not to";
  EXPECT_GT(all.ok, 1'000);
}

TEST_F(Retries, AQueueThatIsFullTurnsAwayWhatThenRunsOnceOrNever) {
  serve({.threads = 2, .queue = 20}, RunOn::threads);
  Echo::Client echo = client();
  Replies replies;
  for (int i = 0; i < 200; ++i) replies.push_back(echo.Block(next(), kPatience));
  while (server->stats().refused_by_queue < 178) std::this_thread::yield();
  ledger.open_gate();
  const Ends ends = settle(replies, 0);
  EXPECT_EQ(ends.unknown, 0);
  EXPECT_GE(ends.ok, 22 + 10) << "the budget allows ten repetitions and one for each ten calls";
  EXPECT_GE(ends.repeated, 10);
  EXPECT_EQ(ends.ok + ends.proven, 200);
}

TEST_F(Retries, ALayerThatForwardedTheCallIsNotBelievedThatItDidNot) {
  serve({}, RunOn::loop,
        [](ServerContext&, const cpp_lite::Method&, cpp_lite::Next next) -> Future<Status> {
          (void)co_await next();
          co_return Status::not_executed(Code::unavailable, "who, me?");
        });
  Echo::Client echo = client();
  for (std::size_t i = 0; i < 50; ++i) {
    const Status status = echo.Unary(next(), kPatience).get().status();
    EXPECT_EQ(status.code(), Code::unavailable);
    EXPECT_FALSE(status.is_not_executed());
    EXPECT_EQ(status.attempts().size(), 1U);
    EXPECT_EQ(ledger.runs(i), 1);
  }
}

TEST_F(Retries, ALayerThatForwardedNothingIsBelieved) {
  std::atomic<int> refusals = 1;
  serve({}, RunOn::loop,
        [&](ServerContext&, const cpp_lite::Method&, cpp_lite::Next next) -> Future<Status> {
          if (refusals-- > 0) co_return Status::not_executed(Code::unavailable, "warming up");
          co_return co_await next();
        });
  Echo::Client echo = client();
  const cpp_lite::Reply<Blob> reply = echo.Unary(next(), kPatience).get();
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  ASSERT_EQ(reply.status().attempts().size(), 2U);
  EXPECT_EQ(reply.status().attempts()[0].outcome, Outcome::declared);
  EXPECT_EQ(ledger.runs(0), 1);
}

}  // namespace
}  // namespace e2e
