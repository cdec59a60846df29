// What holds for every hedged call, whatever its servers do and when: docs/rules.md C1, C3, C5,
// R45.
#include <cstdlib>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "hedging.h"

namespace cpp_lite::client {
namespace {

class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}
  int below(int n) { return static_cast<int>(engine_() % static_cast<unsigned>(n)); }
  bool one_in(int n) { return below(n) == 0; }

 private:
  std::mt19937 engine_;
};

Method any_method(Dice& dice) {
  constexpr std::chrono::nanoseconds kDelays[] = {0ms, 10ms, 50ms};
  Method method{.path = "/test.Service/Any", .safety = Safety::idempotent};
  method.server_streams = dice.one_in(3);
  method.hedging.max_attempts = static_cast<std::uint8_t>(2 + dice.below(4));
  method.hedging.delay = kDelays[dice.below(3)];
  method.hedging.non_fatal_codes = dice.one_in(4) ? 0 : kUnavailableOnly | 1U << 8;
  if (dice.one_in(4)) method.attempt_timeout = 30ms;
  return method;
}

class HedgingProperties : public HedgingTest {
 protected:
  // One call from its beginning to its end, with servers that do anything.
  void play(Dice& dice) {
    methods_.push_back(std::make_unique<Method>(any_method(dice)));
    const Method& method = *methods_.back();
    first_ = sent();
    results_ = 0;
    winner_.clear();
    begin(method, dice.one_in(3) ? Deadline(200ms) : Deadline(20s));
    for (int step = 0; step < 60 && results_ == 0; ++step) {
      act(dice);
      turn();
      check(method);
    }
    if (dice.one_in(2)) give_up();
    wait(30s);
    EXPECT_EQ(results_, 1);
    EXPECT_EQ(open(), 0);
    const std::size_t count = sent();
    wait(30s);  // also for the budget
    EXPECT_EQ(sent(), count);
    give_up();
    turn();
  }

 private:
  void begin(const Method& method, Deadline deadline) {
    if (method.server_streams) {
      stream_ = stream(method, deadline);
      (void)stream_->write(bytes("ping"));
      listen(stream_->finish());
    } else {
      listen(channel()->unary({&method, deadline}, bytes("ping")));
    }
    turn();
  }
  void listen(Future<RawReply> reply) {
    detail::when_ready(std::move(reply), [this](Future<RawReply> ready) {
      const RawReply result = ready.take();
      ++results_;
      if (result.status.ok() && stream_ == nullptr) {
        EXPECT_EQ(text(result.message), winner_);
      }
      EXPECT_LE(result.status.attempts().size(), 6U);
    });
  }
  void give_up() { stream_.reset(); }

  void act(Dice& dice) {
    std::vector<std::size_t> open;
    for (std::size_t i = first_; i < sent(); ++i) {
      if (is_open(i)) open.push_back(i);
    }
    if (open.empty() || dice.one_in(2)) return wait(std::chrono::milliseconds(dice.below(40)));
    const std::size_t at =
        open[static_cast<std::size_t>(dice.below(static_cast<int>(open.size())))];
    PeerStream& one = peer.stream(at);
    switch (dice.below(9)) {
      case 0:
        if (begun_.count(at) > 0) return;
        if (winner_.empty()) winner_ = std::to_string(at);
        begun_.insert(at);
        return one.answer(std::to_string(at));
      case 1:
        reset_.insert(at);
        return one.reset(dice.one_in(2) ? kRefusedStream : 2);
      case 2:
        return dice.one_in(3) ? peer.connections.back()->close("gone") : void();
      case 3:
        if (begun_.insert(at).second) one.headers();
        return;
      default:
        return fail(at, dice);
    }
  }
  void fail(std::size_t at, Dice& dice) {
    if (begun_.count(at) > 0) return peer.stream(at).status("14");
    begun_.insert(at);
    h2::HeaderList list{{":status", "200"},
                        {"content-type", "application/grpc"},
                        {"grpc-status", dice.one_in(5)   ? "5"
                                        : dice.one_in(2) ? "14"
                                                         : "8"}};
    if (dice.one_in(4)) list.push_back({"grpc-retry-pushback-ms", dice.one_in(2) ? "-1" : "20"});
    if (dice.one_in(6)) list.push_back({"cpp-lite-not-executed", "1"});
    peer.stream(at).only_headers(list);
  }

  bool is_open(std::size_t at) { return !peer.stream(at).closed() && reset_.count(at) == 0; }
  int open() {
    int count = 0;
    for (std::size_t i = first_; i < sent(); ++i) count += is_open(i) ? 1 : 0;
    return count;
  }
  void check(const Method& method) {
    EXPECT_LE(open(), method.hedging.max_attempts);
    EXPECT_LE(sent() - first_, method.hedging.max_attempts + 1U) << "one more, if it was refused";
    if (results_ > 0) {
      EXPECT_EQ(open(), 0);
    }
  }

  std::vector<std::unique_ptr<Method>> methods_;  // live for ever
  std::unique_ptr<RawStream> stream_;
  std::set<std::size_t> begun_;  // streams that have had an answer, or its beginning
  std::set<std::size_t> reset_;  // by the peer, which hears no more of them
  std::size_t first_ = 0;
  int results_ = 0;
  std::string winner_;
};

TEST_F(HedgingProperties, HoldForThreeThousandRandomCalls) {
  const char* const more = std::getenv("CPP_LITE_HEDGED_CALLS");
  const unsigned calls = more != nullptr ? static_cast<unsigned>(std::atoi(more)) : 3'000;
  for (unsigned seed = 0; seed < calls && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Dice dice(seed);
    play(dice);
  }
}

}  // namespace
}  // namespace cpp_lite::client
