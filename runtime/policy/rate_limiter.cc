#include "policy/rate_limiter.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>

namespace cpp_lite::policy {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kSlowest = std::chrono::hours(1);
constexpr std::size_t kLongestName = 256;

nanoseconds per_token(double per_second) {
  const double each = 1e9 / std::max(per_second, 1e-9);
  if (!(each < static_cast<double>(kSlowest.count()))) return kSlowest;
  return std::max(nanoseconds(static_cast<std::int64_t>(each)), nanoseconds(1));
}

nanoseconds burst_time(nanoseconds each, int burst) {
  const std::int64_t most = nanoseconds::max() / 4 / each;
  return each * std::clamp<std::int64_t>(std::int64_t{burst} - 1, 0, most);
}

// A name may be as long as a header. What two long ones share is then little more than chance.
std::string key_of(std::string_view principal, std::string_view path) {
  std::string key(principal.substr(0, kLongestName));
  if (principal.size() > kLongestName) {
    key += '#' + std::to_string(std::hash<std::string_view>()(principal));
  }
  key.push_back('\0');
  return key.append(path);
}

}  // namespace

RateLimiter::RateLimiter(const RateLimitOptions& options)
    : each_(per_token(options.per_second)),
      ahead_(burst_time(each_, options.burst)),
      most_(std::max<std::size_t>(1, options.max_buckets)) {}

nanoseconds RateLimiter::take(std::string_view principal, std::string_view path, SteadyTime now) {
  SteadyTime& full = bucket(key_of(principal, path), now);
  const nanoseconds wait = full - ahead_ - now;
  if (wait > nanoseconds(0)) return wait;
  full = std::max(full, now) + each_;
  return nanoseconds(0);
}

SteadyTime& RateLimiter::bucket(std::string key, SteadyTime now) {
  if (const auto known = by_key_.find(key); known != by_key_.end()) {
    recent_first_.splice(recent_first_.begin(), recent_first_, known->second);
  } else {
    make_room(now);
    recent_first_.push_front({std::move(key), now});
    by_key_.emplace(recent_first_.front().key, recent_first_.begin());
  }
  return recent_first_.front().full;
}

// Two for one, so that what fills up by itself goes without a timer.
void RateLimiter::make_room(SteadyTime now) {
  for (int i = 0; i < 2 && !recent_first_.empty() && recent_first_.back().full <= now; ++i) {
    forget_quietest();
  }
  while (by_key_.size() >= most_) forget_quietest();
}

void RateLimiter::forget_quietest() {
  by_key_.erase(recent_first_.back().key);
  recent_first_.pop_back();
}

}  // namespace cpp_lite::policy
