// What calls are told that find the queue for handlers full (docs/rules.md, "Full queue").
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/status.h>

#include <functional>
#include <mutex>
#include <utility>

namespace cpp_lite::server {

// Whether a call that has waited since `queued` is too late to begin: its wait is longer than half
// of what is left of its time, so that its client, if it repeats, is served better elsewhere.
bool waited_too_long(SteadyTime queued, SteadyTime now, SteadyTime deadline);

// Thread-safe. One per server.
class Overload {
 public:
  // Uniformly distributed in [0, 1).
  using Random = std::function<double()>;
  Overload();
  explicit Overload(Random random) : random_(std::move(random)) {}

  // For a call that is turned away at this moment: UNAVAILABLE, not executed, with a pause between
  // 100 and 1000 ms, at random so that not all come back at once. When calls have been turned away
  // for over 10 s, without a second's rest between two of them, it is "do not come back".
  Status refuse(SteadyTime now);

 private:
  std::mutex mutex_;
  // Guarded by mutex_.
  Random random_;
  SteadyTime since_ = SteadyTime::min();  // of the refusals that go on
  SteadyTime last_ = SteadyTime::min();
};

}  // namespace cpp_lite::server
