// Latencies in buckets of 1.6 %, and their percentiles.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace bench {

class Histogram {
 public:
  void add(std::uint64_t nanoseconds) {
    ++buckets_[bucket_of(nanoseconds)];
    ++count_;
  }
  void clear() { *this = Histogram(); }
  std::uint64_t count() const { return count_; }

  // In microseconds: the middle of the bucket that holds it; 0 if there is nothing.
  double percentile(double percent) const {
    const auto wanted =
        static_cast<std::uint64_t>(percent / 100 * static_cast<double>(count_) + 0.5);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < buckets_.size(); ++i) {
      seen += buckets_[i];
      if (seen > 0 && seen >= wanted) return middle_of(i) / 1e3;
    }
    return 0;
  }

 private:
  // Values below 128 have a bucket each; above, each doubling has 64.
  static constexpr int kBits = 7;
  static constexpr std::size_t kHalf = 64;

  static std::size_t bucket_of(std::uint64_t value) {
    const int shift = std::max(0, static_cast<int>(std::bit_width(value)) - kBits);
    return static_cast<std::size_t>(shift) * kHalf + static_cast<std::size_t>(value >> shift);
  }
  static double middle_of(std::size_t bucket) {
    if (bucket < 2 * kHalf) return static_cast<double>(bucket);
    const std::size_t shift = bucket / kHalf - 1;
    const std::uint64_t low = static_cast<std::uint64_t>(bucket - shift * kHalf) << shift;
    return static_cast<double>(low) + static_cast<double>(std::uint64_t{1} << shift) / 2;
  }

  std::array<std::uint32_t, kHalf*(64 - kBits + 2)> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace bench
