#include <cpp_lite/deadline.h>

#include "base/no_destroy.h"

namespace cpp_lite {
namespace {

class SteadyClock final : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
};

SteadyTime add_saturated(SteadyTime now, std::chrono::nanoseconds wait) {
  if (wait > std::chrono::nanoseconds::zero() && now > SteadyTime::max() - wait) {
    return SteadyTime::max();
  }
  if (wait < std::chrono::nanoseconds::zero() && now < SteadyTime::min() - wait) {
    return SteadyTime::min();
  }
  return now + wait;
}

}  // namespace

Clock& system_steady_clock() {
  static base::NoDestroy<SteadyClock> clock;
  return clock.get();
}

bool Deadline::is_never() const {
  if (const auto* wait = std::get_if<std::chrono::nanoseconds>(&when_)) return *wait == kUnbounded;
  return std::get<SteadyTime>(when_) == SteadyTime::max();
}

SteadyTime Deadline::resolve(SteadyTime now) const {
  if (is_never()) return SteadyTime::max();
  if (const auto* when = std::get_if<SteadyTime>(&when_)) return *when;
  return add_saturated(now, std::get<std::chrono::nanoseconds>(when_));
}

}  // namespace cpp_lite
