// How many calls were made and how many of them a server took, of late: what adaptive throttling
// decides by, without clock or lock.
#pragma once

#include <cpp_lite/deadline.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cpp_lite::policy {

// Counts of a window that slides by a 24th of its length. For one thread.
class CallCounts {
 public:
  CallCounts(std::chrono::nanoseconds window, double multiplier);

  // In [0, 1): with what probability a call is refused that comes now. max(0, (requests -
  // multiplier * accepts) / (requests + 1)) of the SRE book's chapter 21; but 0 as long as no call
  // of the window failed, as calls that are under way count as requests and not yet as accepts.
  double refusal_probability(SteadyTime now);

  // A call is made, refused or not: counted now, and not when it ends, so that a server that does
  // not answer is noticed. Yields what forget() wants.
  std::int64_t requested(SteadyTime now);
  void accepted(SteadyTime now);
  void failed(SteadyTime now);
  // That call says nothing, so it never was.
  void forget(std::int64_t slot);

 private:
  struct Slot {
    std::int64_t requests = 0, accepts = 0, failures = 0;
  };
  static constexpr std::int64_t kSlots = 24;

  Slot& slide_to(SteadyTime now);
  Slot& at(std::int64_t slot) { return slots_[static_cast<std::size_t>(slot % kSlots)]; }

  const std::chrono::nanoseconds width_;
  const double multiplier_;
  std::array<Slot, kSlots> slots_{};
  std::int64_t newest_ = 0;  // slots since the clock's beginning
  Slot sum_;
};

}  // namespace cpp_lite::policy
