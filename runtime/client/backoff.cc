#include "client/backoff.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::client {
namespace {

using std::chrono::nanoseconds;
using Nanoseconds = std::chrono::duration<double, std::nano>;

// Doubles carry 2^63 ns further than nanoseconds do.
nanoseconds rounded(Nanoseconds value) {
  constexpr Nanoseconds kMost = std::chrono::hours(24 * 365);
  return std::chrono::duration_cast<nanoseconds>(std::min(value, kMost));
}

}  // namespace

Backoff::Backoff(const BackoffOptions& options, Random random)
    : options_(options), random_(std::move(random)), delay_(options.initial) {}

nanoseconds Backoff::next() {
  const nanoseconds base = std::min(delay_, options_.max);
  delay_ = std::min(rounded(Nanoseconds(base) * options_.multiplier), options_.max);
  return rounded(Nanoseconds(base) * (1 + options_.jitter * (2 * random_() - 1)));
}

}  // namespace cpp_lite::client
