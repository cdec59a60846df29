#include <cpp_lite/layers.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>

#include "policy/error_info.h"
#include "policy/rate_limiter.h"

namespace cpp_lite {
namespace {

struct Limits {
  explicit Limits(const RateLimitOptions& options)
      : clock(options.clock != nullptr ? *options.clock : system_steady_clock()),
        limiter(options) {}

  std::chrono::nanoseconds take(std::string_view principal, std::string_view path) {
    const std::lock_guard lock(mutex);
    return limiter.take(principal, path, clock.now());
  }

  const Clock& clock;
  std::mutex mutex;
  policy::RateLimiter limiter;  // guarded by mutex
};

Status too_many(std::chrono::nanoseconds wait) {
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(wait);
  Status status = Status::not_executed(
      Code::resource_exhausted,
      "rate limit: try again in " + std::to_string(milliseconds.count()) + " ms");
  status.add_raw_detail(policy::error_info(policy::kRateLimited));
  return status.set_pushback(milliseconds);
}

}  // namespace

ServerLayer rate_limit(RateLimitOptions options) {
  return [limits = std::make_shared<Limits>(options)](ServerContext& context, const Method& method,
                                                      Next next) -> Future<Status> {
    const auto wait = limits->take(context.principal(), method.path);
    if (wait > std::chrono::nanoseconds(0)) return too_many(wait);
    return next();
  };
}

}  // namespace cpp_lite
