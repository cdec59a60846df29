// How long a channel waits before it tries again to connect (gRPC's connection backoff,
// docs/rules.md R53).
#pragma once

#include <chrono>

#include "policy/random.h"

namespace cpp_lite::client {

struct BackoffOptions {
  std::chrono::nanoseconds initial = std::chrono::seconds(1);
  std::chrono::nanoseconds max = std::chrono::seconds(120);
  double multiplier = 1.6;
  double jitter = 0.2;  // each delay is spread by this share of it, both ways
};

using policy::Random;

// Pure but for its random source. For one thread.
class Backoff {
 public:
  Backoff(const BackoffOptions& options, Random random);

  // The delay from the beginning of an attempt that failed to that of the next one:
  // initial * multiplier^n, at most max; then the jitter.
  std::chrono::nanoseconds next();
  void reset() { delay_ = options_.initial; }

 private:
  const BackoffOptions options_;
  const Random random_;
  std::chrono::nanoseconds delay_;  // without jitter
};

}  // namespace cpp_lite::client
