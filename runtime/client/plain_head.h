// The headers of requests that say nothing of their own: from call to call they differ in their
// method and in their timeout alone.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "h2/header_block.h"
#include "wire/timeout.h"

namespace cpp_lite::client {

// Belongs to a channel and its loop. What it borrows, and the paths, which are those of methods,
// live as long as the channel's connections.
//
// The timeout stays out of the HPACK table, where it would only push out what repeats, as long as
// it is not one that repeats itself: calls with the same deadline mostly say the same.
class PlainHead {
 public:
  PlainHead(std::string_view scheme, std::string_view authority, std::string_view user_agent)
      : scheme_(scheme), authority_(authority), user_agent_(user_agent) {}

  // The list for a call that has `remaining` time, more than none; until the next call of this
  // function. Null: it would be longer than `longest`, or have a value that nobody takes.
  const h2::HeaderList* list(std::string_view path, std::chrono::nanoseconds remaining,
                             std::size_t longest);

 private:
  static constexpr std::size_t kRecent = 4;

  void make();
  void say(std::chrono::nanoseconds remaining);

  const std::string_view scheme_, authority_, user_agent_;
  h2::HeaderList list_;  // empty at first
  bool sendable_ = false;
  std::size_t path_ = 0, timeout_ = 0;  // where they are in it
  std::size_t rest_ = 0;                // its size without their values, as RFC 9113 6.5.2 counts
  // What the list says is right for (after_, up_to_].
  std::chrono::nanoseconds after_{}, up_to_{};
  std::array<std::string, kRecent> recent_;  // timeouts that were said
  std::size_t next_ = 0;
};

}  // namespace cpp_lite::client
