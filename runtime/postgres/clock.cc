#include "postgres/clock.h"

#include <algorithm>
#include <chrono>

namespace cpp_lite::postgres {
namespace {

constexpr Milliseconds kTolerance = std::chrono::minutes(10);

}  // namespace

Reading ServerClock::read(const ClockRow& row) {
  const std::lock_guard lock(mutex_);
  const Milliseconds elapsed = elapsed_();
  if (base_ && row.epoch != epoch_) {
    base_.reset();
    last_ = Time();
  } else if (!base_ && (row.doubted || row.server < row.remembered - kTolerance)) {
    base_ = Base{row.remembered, elapsed};
  }
  epoch_ = row.epoch;
  const Time expected = base_ ? base_->server + (elapsed - base_->elapsed) : row.server;
  trusted_ = std::chrono::abs(row.server - expected) <= kTolerance;
  if (trusted_) base_ = Base{row.server, elapsed};
  last_ = std::max(last_, trusted_ ? row.server : expected);
  return {last_, trusted_, trusted_ == row.doubted};
}

Reading ServerClock::estimate() const {
  const std::lock_guard lock(mutex_);
  if (!base_) return {last_, false};
  return {std::max(last_, base_->server + (elapsed_() - base_->elapsed)), trusted_};
}

}  // namespace cpp_lite::postgres
