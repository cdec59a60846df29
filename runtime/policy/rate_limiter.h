// A token bucket for each caller and method, without clock or lock.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/overload.h>

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cpp_lite::policy {

// A bucket is one time: when it will be full. A bucket that is full is not remembered, and no more
// than max_buckets are. For one thread.
class RateLimiter {
 public:
  explicit RateLimiter(const RateLimitOptions& options);

  // Takes a token and yields 0; or takes none and yields how long it is until there is one.
  std::chrono::nanoseconds take(std::string_view principal, std::string_view path, SteadyTime now);

  std::size_t buckets() const { return by_key_.size(); }

 private:
  struct Bucket {
    std::string key;
    SteadyTime full;
  };
  SteadyTime& bucket(std::string key, SteadyTime now);
  void make_room(SteadyTime now);
  void forget_quietest();

  const std::chrono::nanoseconds each_;   // the time in which one token comes
  const std::chrono::nanoseconds ahead_;  // how far from full a bucket may be for another token
  const std::size_t most_;
  std::list<Bucket> recent_first_;
  std::unordered_map<std::string_view, std::list<Bucket>::iterator>
      by_key_;  // keys lie in the list
};

}  // namespace cpp_lite::policy
