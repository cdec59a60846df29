#include "policy/call_counts.h"

#include <algorithm>

namespace cpp_lite::policy {

CallCounts::CallCounts(std::chrono::nanoseconds window, double multiplier)
    : width_(std::max(window / kSlots, std::chrono::nanoseconds(1))),
      multiplier_(std::max(1.0, multiplier)) {}

double CallCounts::refusal_probability(SteadyTime now) {
  slide_to(now);
  if (sum_.failures == 0) return 0;
  const auto requests = static_cast<double>(sum_.requests);
  const double excess = requests - multiplier_ * static_cast<double>(sum_.accepts);
  return std::max(0.0, excess / (requests + 1));
}

std::int64_t CallCounts::requested(SteadyTime now) {
  ++slide_to(now).requests;
  ++sum_.requests;
  return newest_;
}

void CallCounts::accepted(SteadyTime now) {
  ++slide_to(now).accepts;
  ++sum_.accepts;
}

void CallCounts::failed(SteadyTime now) {
  ++slide_to(now).failures;
  ++sum_.failures;
}

void CallCounts::forget(std::int64_t slot) {
  if (slot <= newest_ - kSlots) return;  // has left the window
  --at(slot).requests;
  --sum_.requests;
}

// Empties what the window leaves behind. A time before the newest slot counts as that.
CallCounts::Slot& CallCounts::slide_to(SteadyTime now) {
  const std::int64_t slot = now.time_since_epoch() / width_;
  if (slot - newest_ >= kSlots) {
    slots_ = {};
    sum_ = {};
    newest_ = slot;
  }
  while (newest_ < slot) {
    Slot& old = at(++newest_);
    sum_.requests -= old.requests;
    sum_.accepts -= old.accepts;
    sum_.failures -= old.failures;
    old = {};
  }
  return at(newest_);
}

}  // namespace cpp_lite::policy
