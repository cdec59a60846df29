// Where frames begin in bytes that come in pieces of any size.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace cpp_lite::h2 {

// RFC 9113 4.1.
struct FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t id = 0;
};

class FrameScanner {
 public:
  static constexpr std::size_t kHeadSize = 9;

  // Moves `rest` behind the head of the next frame. False: no head ends in it, and it is used up.
  bool next(std::span<const std::uint8_t>& rest, FrameHead& head) {
    if (payload_ >= rest.size()) {
      payload_ -= rest.size();
      rest = {};
      return false;
    }
    rest = rest.subspan(payload_);
    payload_ = 0;
    if (seen_ == 0 && rest.size() >= kHeadSize) {
      head = parse(rest.data());
      rest = rest.subspan(kHeadSize);
    } else if (!gather(rest, head)) {
      return false;
    }
    payload_ = head.length;
    return true;
  }

 private:
  bool gather(std::span<const std::uint8_t>& rest, FrameHead& head) {
    const auto part = rest.first(std::min(kHeadSize - seen_, rest.size()));
    std::copy(part.begin(), part.end(), head_.begin() + static_cast<std::ptrdiff_t>(seen_));
    rest = rest.subspan(part.size());
    seen_ += part.size();
    if (seen_ < kHeadSize) return false;
    seen_ = 0;
    head = parse(head_.data());
    return true;
  }
  static FrameHead parse(const std::uint8_t* p) {
    const auto at = [p](std::size_t i) { return static_cast<std::uint32_t>(p[i]); };
    const std::uint32_t id = (at(5) & 0x7f) << 24 | at(6) << 16 | at(7) << 8 | at(8);
    return {at(0) << 16 | at(1) << 8 | at(2), p[3], p[4], static_cast<std::int32_t>(id)};
  }

  std::size_t payload_ = 0;                     // what is left of the frame's
  std::array<std::uint8_t, kHeadSize> head_{};  // what has come of it, `seen_` bytes
  std::size_t seen_ = 0;
};

}  // namespace cpp_lite::h2
