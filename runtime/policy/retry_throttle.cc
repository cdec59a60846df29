#include "policy/retry_throttle.h"

#include <algorithm>

namespace cpp_lite::policy {
namespace {

constexpr std::int64_t kToken = 1000;

// Cuts what is beyond three decimals (R36), but not the third one of a number such as 1.001, whose
// double is a little less.
std::int64_t milli(double tokens) { return static_cast<std::int64_t>(tokens * 1000 + 1e-6); }

}  // namespace

RetryThrottle::RetryThrottle(double max_tokens, double token_ratio)
    : max_(milli(max_tokens)), ratio_(milli(token_ratio)), tokens_(max_) {}

void RetryThrottle::failed() { tokens_ = std::max<std::int64_t>(0, tokens_ - kToken); }

void RetryThrottle::succeeded() { tokens_ = std::min(max_, tokens_ + ratio_); }

bool RetryThrottle::next_failure_throttles() const { return tokens_ - kToken <= max_ / 2; }

}  // namespace cpp_lite::policy
