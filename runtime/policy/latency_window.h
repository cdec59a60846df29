// How long a method took lately, and so how long a hedge should wait (docs/rules.md, "Hedges").
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace cpp_lite::policy {

// The latencies of a method's last calls. For one thread.
class LatencyWindow {
 public:
  static constexpr std::size_t kSize = 200;
  static constexpr std::size_t kEnough = 20;  // before that one outlier would be the percentile

  void add(std::chrono::nanoseconds latency);
  // The smallest of them that this part, within (0, 1), of them does not exceed (nearest rank);
  // nothing: there are too few.
  std::optional<std::chrono::nanoseconds> percentile(double part) const;

 private:
  std::array<std::chrono::nanoseconds, kSize> latencies_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;  // the oldest, once all are there
};

}  // namespace cpp_lite::policy
