// A circuit breaker without clock or lock: for a channel (layers.h) and for each endpoint of a
// balancer.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/overload.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "policy/judgement.h"
#include "policy/random.h"

namespace cpp_lite::policy {

// Its states (docs/guide/overload.md):
//
//   closed     -- enough calls of the window failed --> open
//   open       -- its time is over: the next call is a probe --> half_open
//   half_open  -- a probe failed --> open, for twice as long; all succeeded --> closed;
//                 probes hang for max_open --> half_open, with new probes
//
// Calls that were admitted in an earlier state no longer count when they end. For one thread.
class Breaker {
 public:
  enum class State : std::uint8_t { closed, open, half_open };

  // What an admitted call holds. Settle it once, whatever becomes of the call: a probe that is
  // forgotten blocks its place.
  struct Permit {
    std::uint64_t period = 0;
    bool probe = false;
  };

  Breaker(const CircuitBreakerOptions& options, Random random);

  // Nothing: the call must fail. Opens the half when it is time.
  std::optional<Permit> admit(SteadyTime now);
  // What admit() would say; for a picker that has not chosen yet.
  bool would_admit(SteadyTime now) const;
  void settle(const Permit& permit, Judgement judgement, SteadyTime now);

  State state() const { return state_; }
  // Of an open one: when it lets a probe through.
  SteadyTime open_until() const { return until_; }

 private:
  bool probes_hang(SteadyTime now) const;
  void enter(State state);
  void open(SteadyTime now);
  void record(bool failed, SteadyTime now);
  void settle_probe(Judgement judgement, SteadyTime now);

  const CircuitBreakerOptions options_;
  const Random random_;
  State state_ = State::closed;
  std::uint64_t period_ = 0;  // counts the states that it was in

  std::vector<bool> window_;  // closed: whether a call failed; a ring
  std::size_t next_ = 0;
  int failures_ = 0;

  SteadyTime until_{};  // open
  int opened_ = 0;      // times in a row

  int probing_ = 0, succeeded_ = 0;  // half open
  SteadyTime probed_{};              // when the latest probe began
};

}  // namespace cpp_lite::policy
