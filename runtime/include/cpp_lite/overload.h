// What the policies against overload can be told. All are off until they are asked for: the layers
// in layers.h, ejection of outliers by channels with several endpoints.
#pragma once

#include <cpp_lite/deadline.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

namespace cpp_lite {

class Loop;

// See circuit_breaker(). The defaults: of the last 20 calls, once there are 10, half failed.
struct CircuitBreakerOptions {
  int window = 20;
  int min_calls = 10;         // in the window, below which nothing is decided
  double failure_rate = 0.5;  // of the window, at which it opens
  std::chrono::nanoseconds open = std::chrono::seconds(5);  // twice that after each failed probe,
  std::chrono::nanoseconds max_open = std::chrono::seconds(60);  // up to here; always +-20 %
  int probes = 3;  // then so many calls are let through, and all of them must succeed

  const Clock* clock = nullptr;         // null: the system's; must outlive the channel
  std::function<double()> random = {};  // in [0, 1), thread-safe; empty: the library's own
};

// See adaptive_throttle().
struct AdaptiveThrottleOptions {
  double multiplier = 2;  // calls to send for each that was accepted; less refuses earlier
  std::chrono::nanoseconds window = std::chrono::minutes(2);

  const Clock* clock = nullptr;         // null: the system's; must outlive the channel
  std::function<double()> random = {};  // in [0, 1), thread-safe; empty: the library's own
};

// See bulkhead().
struct BulkheadOptions {
  std::size_t in_flight = 1024;
  std::size_t queue = 1024;  // calls that wait for one of those to end

  // Where waiting calls are timed, on its clock. Empty: a loop of its own, made when the first call
  // waits.
  std::shared_ptr<Loop> loop = {};
};

// See rate_limit(): for each pair of a principal and a method.
struct RateLimitOptions {
  double per_second = 100;
  int burst = 100;  // calls that may come at once after a pause
  // The most pairs that are remembered; beyond them the one that was quiet for longest is
  // forgotten.
  std::size_t max_buckets = 65'536;

  const Clock* clock = nullptr;  // null: the system's; must outlive the server
};

// Which endpoints of a channel with several of them get no calls for a while: those that fail much
// more often than they should (gRFC A50, failure percentage).
struct OutlierOptions {
  std::chrono::nanoseconds interval = std::chrono::seconds(10);  // of judging
  int request_volume = 50;  // calls in an interval, below which an endpoint is not judged
  int threshold = 85;       // per cent of failures, above which it is ejected
  // For so long, times the number of ejections in a row.
  std::chrono::nanoseconds base_ejection = std::chrono::seconds(30);
  std::chrono::nanoseconds max_ejection = std::chrono::seconds(300);
  int max_ejected = 10;  // per cent of the endpoints that are ejected at a time; one may always be
};

}  // namespace cpp_lite
