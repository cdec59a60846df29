#include "io/resolve.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "io/io_support.h"
#include "io/resolver_thread.h"

namespace cpp_lite::io {
namespace {

using Kind = Endpoint::Kind;

Target name(std::string host) {
  Target target;
  target.host = std::move(host);
  target.port = 7;
  return target;
}

// Answers every name with 127.0.0.1, but not "bad", and "slow" only once it is let go.
class FakeSystem {
 public:
  LookupFunction function() {
    return [this](const Lookup& lookup, std::vector<Endpoint>& endpoints) {
      {
        const std::lock_guard lock(mutex_);
        asked_ += lookup.host + " ";
      }
      if (lookup.host == "slow") {
        slow_begun.set();
        EXPECT_TRUE(slow_may_end.wait());
      }
      if (lookup.host == "bad") return Status(Code::unavailable, "no");
      endpoints.push_back({Kind::tcp4, "127.0.0.1", lookup.port});
      return Status();
    };
  }
  std::string asked() {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

  Event slow_begun;
  Event slow_may_end;

 private:
  std::mutex mutex_;
  std::string asked_;
};

class ResolveTest : public testing::Test {
 protected:
  std::unique_ptr<Operation> start(const Target& target) {
    return resolve(
        loop_, target,
        [this](Status status, std::vector<Endpoint> endpoints) {
          EXPECT_TRUE(loop_->is_current());
          ++answers_;
          status_ = std::move(status);
          endpoints_ = std::move(endpoints);
        },
        resolver_);
  }
  bool answered(int count = 1) {
    return turn_until(*loop_, [&] { return answers_ >= count; });
  }

  FakeSystem system_;
  const std::shared_ptr<Loop> loop_ = Loop::create({.thread = false});
  std::shared_ptr<ResolverThread> resolver_ = std::make_shared<ResolverThread>(system_.function());
  int answers_ = 0;
  Status status_;
  std::vector<Endpoint> endpoints_;
};

TEST_F(ResolveTest, AnswersOnTheLoop) {
  const auto operation = start(name("host"));
  ASSERT_TRUE(answered());
  EXPECT_TRUE(status_.ok());
  EXPECT_EQ(endpoints_, (std::vector<Endpoint>{{Kind::tcp4, "127.0.0.1", 7}}));
}

TEST_F(ResolveTest, TellsFailures) {
  const auto operation = start(name("bad"));
  ASSERT_TRUE(answered());
  EXPECT_EQ(status_, Status(Code::unavailable, "no"));
}

TEST_F(ResolveTest, TakesAddressesAsTheyAre) {
  Target target;
  ASSERT_TRUE(parse_target("ipv4:1.2.3.4:5,6.7.8.9:10", target).ok());
  const auto operation = start(target);
  EXPECT_EQ(answers_, 0);
  ASSERT_TRUE(answered());
  EXPECT_EQ(endpoints_, target.endpoints);
  EXPECT_EQ(system_.asked(), "");
}

TEST_F(ResolveTest, SaysNothingOnceItIsGivenUp) {
  auto slow = start(name("slow"));
  ASSERT_TRUE(system_.slow_begun.wait());
  auto never = start(name("never"));
  const auto last = start(name("last"));
  slow.reset();
  never.reset();
  system_.slow_may_end.set();
  ASSERT_TRUE(answered());
  EXPECT_EQ(answers_, 1);
  EXPECT_EQ(system_.asked(), "slow last ");  // nobody asked the system for the one in between
}

TEST_F(ResolveTest, DoesNotWaitForALookupThatNobodyWants) {
  auto system = std::make_shared<FakeSystem>();
  resolver_ = std::make_shared<ResolverThread>(
      [system, function = system->function()](const Lookup& lookup, std::vector<Endpoint>& to) {
        return function(lookup, to);
      });
  auto slow = start(name("slow"));
  ASSERT_TRUE(system->slow_begun.wait());
  resolver_.reset();
  slow.reset();  // the test would hang here
  system->slow_may_end.set();
}

TEST_F(ResolveTest, SurvivesTheEndOfTheLoop) {
  auto loop = Loop::create({.thread = false});
  auto slow = resolve(
      loop, name("slow"), [](Status, std::vector<Endpoint>) { FAIL(); }, resolver_);
  ASSERT_TRUE(system_.slow_begun.wait());
  loop.reset();
  system_.slow_may_end.set();
  const auto next = start(name("next"));
  EXPECT_TRUE(answered());
}

TEST_F(ResolveTest, MayDestroyTheOperationInsideItsCallback) {
  std::unique_ptr<Operation> operation;
  bool done = false;
  operation = resolve(
      loop_, name("host"),
      [&](Status, std::vector<Endpoint>) {
        operation.reset();
        done = true;
      },
      resolver_);
  EXPECT_TRUE(turn_until(*loop_, [&] { return done; }));
}

TEST(Resolver, FindsLocalhostByTheSystem) {
  const auto loop = Loop::create({.thread = false});
  std::vector<Endpoint> found;
  auto operation = resolve(loop, name("localhost"), [&](Status status, std::vector<Endpoint> all) {
    EXPECT_TRUE(status.ok()) << status.to_string();
    found = std::move(all);
  });
  ASSERT_TRUE(turn_until(*loop, [&] { return !found.empty(); }));
  for (const Endpoint& endpoint : found) EXPECT_TRUE(endpoint.is_local()) << endpoint.to_string();
  std::vector<Endpoint> again;
  ASSERT_TRUE(resolve_now(name("localhost"), again).ok());
  EXPECT_EQ(again, found);
}

TEST(Resolver, IsOneForAllAndEndsWithItsLastUser) {
  auto first = ResolverThread::shared();
  std::weak_ptr<ResolverThread> watch = first;
  EXPECT_EQ(ResolverThread::shared(), first);
  first.reset();
  EXPECT_TRUE(watch.expired());
  EXPECT_NE(ResolverThread::shared(), nullptr);
}

TEST(Resolver, IsUsedFromManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> answers = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&answers] {
      const auto loop = Loop::create({.thread = false});
      for (int i = 0; i < 20; ++i) {
        int got = 0;
        const auto operation =
            resolve(loop, name("localhost"), [&](Status, std::vector<Endpoint>) { ++got; });
        if (i % 3 == 0) continue;  // given up at once
        EXPECT_TRUE(turn_until(*loop, [&] { return got == 1; }));
        ++answers;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answers, 4 * 13);
}

}  // namespace
}  // namespace cpp_lite::io
