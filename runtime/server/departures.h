// When a server gives memory back to the system.
#pragma once

#include <algorithm>
#include <cstddef>

namespace cpp_lite::server {

// Counts what leaves one loop: what malloc keeps of it helps nobody until as much comes again. To
// give it back takes milliseconds, so it is done when much has gone.
class Departures {
 public:
  // Connections and their calls hold so many bytes now.
  void hold(std::size_t bytes) { most_held_ = std::max(most_held_, bytes); }

  // A connection has left, `here` are still there and hold `held` bytes. True: it is time, and what
  // has left until now counts no more.
  bool left(std::size_t here, std::size_t held) {
    const bool many = ++left_ >= std::max(kMany, here);
    const bool much = most_held_ >= kMuch && held <= most_held_ / 2;
    if (!many && !much) return false;
    left_ = 0;
    most_held_ = held;
    return true;
  }

 private:
  static constexpr std::size_t kMany = 100;
  static constexpr std::size_t kMuch = 8 << 20;

  std::size_t left_ = 0;
  std::size_t most_held_ = 0;
};

}  // namespace cpp_lite::server
