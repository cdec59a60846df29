// gRFC A6's retryThrottling: a bucket per channel that failures empty and successes fill.
#pragma once

#include <cstdint>

namespace cpp_lite::policy {

// In thousandths of a token, so that the arithmetic is exact (docs/rules.md R31 to R36). For one
// thread.
class RetryThrottle {
 public:
  // max_tokens within (0, 1000], token_ratio over 0; decimals beyond three places are cut off.
  RetryThrottle(double max_tokens, double token_ratio);

  void failed();
  void succeeded();
  // No repetition now: at most half of the tokens are left.
  bool throttled() const { return tokens_ <= max_ / 2; }
  // One more failure, and there is no repetition.
  bool next_failure_throttles() const;
  std::int64_t milli_tokens() const { return tokens_; }

 private:
  const std::int64_t max_, ratio_;
  std::int64_t tokens_;
};

}  // namespace cpp_lite::policy
