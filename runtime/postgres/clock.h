// The time of the store: that of the database server, unless its clock jumps.
#pragma once

#include <cpp_lite/idempotency.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace cpp_lite::postgres {

using idempotency::Milliseconds;
using idempotency::Time;

// What cpp_lite_meta says about the clock, and what it said when it was read.
struct ClockRow {
  Time server{};           // now, by the server's clock
  Time remembered{};       // the store's, when somebody wrote it down
  bool doubted = false;    // somebody saw it jump, and it did not come back yet
  std::int64_t epoch = 0;  // how often an operator confirmed it
};

struct Reading {
  Time now{};
  bool trusted = true;   // else no record expires
  bool notable = false;  // others should know that this has changed
};

// One per store. Thread-safe.
//
// A server's clock that differs by more than ten minutes from what has passed on this machine is
// not followed; time goes on as it did. Who comes later asks cpp_lite_meta whether others doubt it.
class ServerClock {
 public:
  // `elapsed`: since some moment; never set by anybody.
  explicit ServerClock(std::function<Milliseconds()> elapsed) : elapsed_(std::move(elapsed)) {}

  // Never goes back.
  Reading read(const ClockRow& row);
  // What it would say about now, without the server; `trusted` as of the last read().
  Reading estimate() const;

 private:
  struct Base {
    Time server{};
    Milliseconds elapsed{};
  };

  const std::function<Milliseconds()> elapsed_;
  mutable std::mutex mutex_;  // guards the rest
  std::optional<Base> base_;  // when the server's clock was believed last
  std::int64_t epoch_ = 0;
  Time last_{};
  bool trusted_ = true;
};

}  // namespace cpp_lite::postgres
