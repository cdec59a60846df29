#include "policy/latency_window.h"

#include <algorithm>
#include <cmath>

namespace cpp_lite::policy {

void LatencyWindow::add(std::chrono::nanoseconds latency) {
  latencies_[next_] = latency;
  next_ = (next_ + 1) % kSize;
  count_ = std::min(count_ + 1, kSize);
}

std::optional<std::chrono::nanoseconds> LatencyWindow::percentile(double part) const {
  if (count_ < kEnough) return std::nullopt;
  auto sorted = latencies_;
  const auto rank = static_cast<std::size_t>(std::ceil(part * static_cast<double>(count_)));
  const auto wanted =
      sorted.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1)) - 1;
  std::nth_element(sorted.begin(), wanted, sorted.begin() + static_cast<std::ptrdiff_t>(count_));
  return *wanted;
}

}  // namespace cpp_lite::policy
