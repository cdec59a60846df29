// Two servers that share a store whose operations fail in every way, in random sequences of
// requests: the real layer against the invariants of docs/rules.md.
#include <array>
#include <map>
#include <random>
#include <set>

#include "idempotency/keyed_calls.h"
#include "support/sanitized.h"

namespace cpp_lite::idempotency {
namespace {

Status declined() { return {Code::failed_precondition, "declined"}; }

// What one key came to.
struct Story {
  std::string key;
  int starts = 0, released = 0;
  int starts_when_answered = -1;                    // when the first caller got a final answer
  std::set<std::string> finals;                     // "0 run 3" or "9"
  std::set<std::string> answered;                   // requests that got one
  bool doubtful = false;                            // a handler said that nobody knows
  std::map<std::string, std::string> last_answers;  // when all was well again: status, by request
};

// All requests of a sequence, and all executions; of both servers.
struct Script {
  struct Run {
    Story* story;
    std::unique_ptr<detail::Promise<void>> gate;
    Status outcome;
  };
  Script() {
    stories[0].key = "first-key-of-ada";
    stories[1].key = "second-key-of-ada";
  }
  std::array<Story, 2> stories;
  std::vector<std::unique_ptr<Run>> runs;
  std::set<std::string> downstream_keys;
  bool at_once = false;  // handlers end well where they start
};

// A server of its own, on the loop and the store of the first one.
class Site : public KeyedCalls {
 public:
  Site(Script& script, Effects effects, const Site* first) : script_(script) {
    if (first != nullptr) {
      loop = first->loop;
      store = first->store;
    }
    SetUp();
    keyed.policy.effects = effects;
    keyed.policy.rerun = effects == Effects::downstream_keyed;
    keyed.policy.downstream_ttl = 24h;
    keyed.charge = [this](detail::ServedCall& call) { return run(call); };
    serve();
  }
  void TestBody() override {}
  using KeyedCalls::charge;
  using KeyedCalls::loop;
  using KeyedCalls::store;
  using KeyedCalls::TearDown;

 private:
  Future<Status> run(detail::ServedCall& call) {
    KeyedExecution& execution = call.context().idempotency();
    (void)execution.downstream_key("bank");
    Story& story = script_.stories[execution.key() == script_.stories[0].key ? 0 : 1];
    ++story.starts;
    const std::string answer = "run " + std::to_string(script_.runs.size());
    script_.runs.push_back(std::make_unique<Script::Run>());
    Script::Run& mine = *script_.runs.back();
    mine.story = &story;
    mine.gate = std::make_unique<detail::Promise<void>>(loop);
    Future<void> opened = mine.gate->future();
    if (script_.at_once) mine.gate->set();
    co_await std::move(opened);
    const bool nothing_done = mine.outcome.is_not_executed();
    if (nothing_done) ++story.released;
    const bool unclear = mine.outcome.code() == Code::unavailable || call.context().cancelled();
    if (unclear && !nothing_done && !mine.outcome.ok()) story.doubtful = true;
    if (mine.outcome.ok()) call.respond(outgoing(answer));
    co_return mine.outcome;
  }

  Script& script_;
};

class RandomLayer {
 public:
  RandomLayer(std::uint32_t seed, Effects effects, bool only_begins_fail)
      : random_(seed), effects_(effects), only_begins_fail_(only_begins_fail) {}

  void run() {
    for (int i = 0; i < 60; ++i) step();
    end_well();
    for (const Story& story : script_.stories) judge(story);
    two_.TearDown();
    one_.TearDown();
  }

 private:
  struct Request {
    Story* story;
    std::string what;
    std::shared_ptr<server::Answer> answer;
    bool heard = false;
  };

  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  void step() {
    switch (below(10)) {
      case 0:
      case 1:
      case 2:
        return ask();
      case 3:
      case 4:
        return fail_something();
      case 5:
      case 6:
        return end_a_run();
      default:
        return pass();
    }
  }

  void ask() {
    static constexpr const char* kTimes[] = {"300m", "5S", "60S"};
    Story& story = script_.stories[below(2)];
    const std::string what = below(5) == 0 ? "6 EUR" : "5 EUR";
    Site& site = below(2) == 0 ? one_ : two_;
    requests_.push_back(
        {&story, what, site.charge(what, story.key, {{"grpc-timeout", kTimes[below(3)]}})});
    listen();
  }

  void fail_something() {
    static constexpr Op kOps[] = {Op::begin,  Op::begin, Op::complete, Op::release,
                                  Op::lookup, Op::yield, Op::renew,    Op::mark_unknown};
    static constexpr Fault kFaults[] = {Fault::lost, Fault::unheard, Fault::silent, Fault::none};
    const Op op = only_begins_fail_ ? Op::begin : kOps[below(8)];
    const Fault fault = kFaults[below(only_begins_fail_ ? 2 : 4)];
    one_.store->next(op, fault, 1 + static_cast<int>(below(3)));
  }

  void end_a_run() {
    std::vector<Script::Run*> open;
    for (const auto& run : script_.runs) {
      if (run->gate != nullptr) open.push_back(run.get());
    }
    if (open.empty()) return;
    Script::Run& run = *open[below(static_cast<std::uint32_t>(open.size()))];
    const std::uint32_t how = below(10);
    if (how == 0) run.outcome = Status(Code::unavailable, "who knows");
    if (how == 1 || how == 2) run.outcome = declined();
    if (how == 3) run.outcome = Status::not_executed(Code::unavailable, "not now");
    end(run);
  }
  void end(Script::Run& run) {
    std::exchange(run.gate, nullptr)->set();
    one_.loop->run_until_idle();
    listen();
  }

  void pass() {
    static constexpr std::chrono::milliseconds kTimes[] = {5ms, 100ms, 2s, 11s};
    one_.loop->advance(kTimes[below(4)]);
    listen();
  }

  // What callers have heard by now.
  void listen() {
    for (Request& request : requests_) {
      if (request.heard || !request.answer->ended) continue;
      request.heard = true;
      hear(request);
    }
  }
  void hear(const Request& request) {
    Story& story = *request.story;
    const std::string status = request.answer->status();
    if (ending_) story.last_answers[request.what] = status;
    if (status != "0" && status != "9") return;
    if (story.finals.empty()) story.starts_when_answered = story.starts;
    const std::string body = request.answer->body;
    story.finals.insert(status + " " + (body.size() > 5 ? body.substr(5) : ""));
    story.answered.insert(request.what);
  }

  // The store is well, handlers end at once; each key is asked for again.
  void end_well() {
    one_.store->heal();
    script_.at_once = true;
    for (const auto& run : script_.runs) {
      if (run->gate != nullptr) end(*run);
    }
    one_.loop->advance(3min);
    listen();
    ending_ = true;
    for (Story& story : script_.stories) {
      for (const char* what : {"5 EUR", "6 EUR"}) {
        requests_.push_back({&story, what, two_.charge(what, story.key)});
      }
    }
    one_.loop->advance(2min);
    listen();
  }

  void judge(const Story& story) {
    const auto last = [&](const char* what) { return story.last_answers.at(what); };
    if (effects_ == Effects::external) {
      EXPECT_LE(story.starts - story.released, 1) << "I1";
    }
    EXPECT_LE(story.finals.size(), 1U) << "I2";
    if (story.starts_when_answered >= 0) {
      EXPECT_EQ(story.starts, story.starts_when_answered) << "I3";
    }
    EXPECT_LE(story.answered.size(), 1U) << "I4";
    ASSERT_EQ(story.last_answers.size(), 2U) << "I7, I8";
    EXPECT_TRUE(last("5 EUR") != "14" && last("6 EUR") != "14") << "I7";
    // Claims that nobody heard of are given back: nothing is in doubt.
    if (only_begins_fail_ && !story.doubtful) {
      EXPECT_TRUE(last("5 EUR") != "2" && last("6 EUR") != "2") << "a claim is stuck";
    }
  }

  std::mt19937 random_;
  const Effects effects_;
  const bool only_begins_fail_;
  bool ending_ = false;
  std::vector<Request> requests_;
  Script script_;
  Site one_{script_, effects_, nullptr}, two_{script_, effects_, &one_};
};

constexpr std::uint32_t kSequences = support::kSanitized ? 30 : 150;

void run_sequences(Effects effects, bool only_begins_fail) {
  for (std::uint32_t seed = 0; seed < kSequences && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLayer(seed, effects, only_begins_fail).run();
  }
}

TEST(RandomLayer, ExternalEffectsBeginAtMostOnceWhateverTheStoreDoes) {
  run_sequences(Effects::external, false);
}
TEST(RandomLayer, EffectsDownstreamHaveOneAnswerWhateverTheStoreDoes) {
  run_sequences(Effects::downstream_keyed, false);
}
TEST(RandomLayer, ClaimsThatNobodyHeardOfLeaveNothingInDoubt) {
  run_sequences(Effects::external, true);
}

}  // namespace
}  // namespace cpp_lite::idempotency
