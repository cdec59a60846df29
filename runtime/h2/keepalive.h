// Notices a peer that has gone silent: when to send a PING, when to give the peer up.
#pragma once

#include <cpp_lite/deadline.h>

#include <chrono>
#include <optional>

namespace cpp_lite::h2 {

// `now` + `by`, or the end of time.
SteadyTime later(SteadyTime now, std::chrono::nanoseconds by);

// Pure: it is told the time and answers what to do. Whatever arrives counts as a sign of life.
class Keepalive {
 public:
  struct Options {
    std::chrono::nanoseconds interval{};  // 0: never ask
    std::chrono::nanoseconds timeout{};
    bool without_calls = false;
  };
  explicit Keepalive(const Options& options) : options_(options) {}

  bool enabled() const { return options_.interval.count() > 0; }
  // Whether an answer was awaited: then step() has a new answer, too.
  bool heard(SteadyTime now);

  enum class Action { wait, ping, give_up };
  struct Step {
    Action action;
    SteadyTime again;  // when to ask next; max(): when a call starts
  };
  Step step(SteadyTime now, bool calls);

 private:
  Options options_;
  SteadyTime heard_{};
  SteadyTime answer_due_{};
  bool asked_ = false;
};

// Doubts about a peer that left a request without an answer (docs/rules.md D15). Pure, likewise.
class Suspicion {
 public:
  // One PING at a time, and no more often than this.
  explicit Suspicion(std::chrono::nanoseconds between_pings) : between_pings_(between_pings) {}

  // Whether to send a PING.
  bool raise(SteadyTime now);
  void heard() { raised_ = asking_ = false; }
  bool raised() const { return raised_; }

 private:
  std::chrono::nanoseconds between_pings_;
  bool raised_ = false;
  std::optional<SteadyTime> asked_;  // when the last PING was sent
  bool asking_ = false;              // and nothing has come since
};

// What a server makes of its client's PINGs, which cost it work (gRFC A8). Pure, likewise.
class PingStrikes {
 public:
  // At least so long between two PINGs; 0: they may come as they like.
  struct Intervals {
    std::chrono::nanoseconds with_calls{};
    std::chrono::nanoseconds without_calls{};
  };
  explicit PingStrikes(const Intervals& intervals) : intervals_(intervals) {}

  // A PING came; whether it is one too many. `sent`: HEADERS or DATA were sent since the last one,
  // which is worth a PING, and forgives earlier ones.
  bool too_many(SteadyTime now, bool calls, bool sent);

 private:
  Intervals intervals_;
  std::optional<SteadyTime> last_;
  int strikes_ = 0;
};

}  // namespace cpp_lite::h2
