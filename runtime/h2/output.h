// What one write sends.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "h2/body.h"

namespace cpp_lite::h2 {

// Bytes, and between them parts of bodies, which are not copied but kept. All inline: transports of
// other libraries use it, and nothing of this room is exported.
class Output {
 public:
  Output() = default;
  explicit Output(std::vector<std::uint8_t> all) : bytes(std::move(all)) {}

  std::vector<std::uint8_t> bytes;  // to append to

  // `part`, which lies in `body`, follows what `bytes` holds so far.
  void refer(Body& body, std::span<const std::uint8_t> part);
  // `body` is let go of by everybody else: if this refers to a part of it, it keeps the whole.
  void keeps(const Body& body);
  std::size_t size() const { return bytes.size() + referred_; }
  // What it takes until it is sent, beside bodies that others have, too.
  std::size_t held() const { return bytes.size() + kept_; }
  bool empty() const { return size() == 0; }
  // Whether `bytes` is all of it.
  bool whole() const { return parts_.empty(); }
  // Calls `use` with each piece in order, all of them without the first `skip` bytes, until it says
  // false.
  template <typename Use>
  void each(std::size_t skip, Use&& use) const;
  // All of it in one piece.
  std::vector<std::uint8_t> join() &&;
  // Lets go of bodies and pieces. The memory of `bytes` stays.
  void clear();

 private:
  struct Part {
    std::size_t behind;  // of `bytes`
    std::span<const std::uint8_t> part;
  };
  std::vector<Part> parts_;
  std::vector<Body> bodies_;
  std::size_t referred_ = 0;
  std::size_t kept_ = 0;  // of the bodies, by this alone
};

template <typename Use>
void Output::each(std::size_t skip, Use&& use) const {
  const auto some = [&](std::span<const std::uint8_t> piece) {
    const std::size_t skipped = std::min(skip, piece.size());
    skip -= skipped;
    return skipped == piece.size() || use(piece.subspan(skipped));
  };
  std::size_t begin = 0;
  for (const Part& part : parts_) {
    const std::size_t size = part.behind - std::exchange(begin, part.behind);
    if (!some(std::span(bytes).subspan(begin - size, size)) || !some(part.part)) return;
  }
  some(std::span(bytes).subspan(begin));
}

inline void Output::refer(Body& body, std::span<const std::uint8_t> part) {
  if (bodies_.empty() || bodies_.back().bytes().data() != body.bytes().data()) {
    bodies_.push_back(body.hold());
  }
  parts_.push_back({bytes.size(), part});
  referred_ += part.size();
}

inline void Output::keeps(const Body& body) {
  const auto same = [&](const Body& one) { return one.bytes().data() == body.bytes().data(); };
  if (std::ranges::any_of(bodies_, same)) kept_ += body.size();
}

inline std::vector<std::uint8_t> Output::join() && {
  if (whole()) return std::exchange(bytes, {});
  std::vector<std::uint8_t> all = detail::take_room(size());
  each(0, [&all](std::span<const std::uint8_t> piece) {
    all.insert(all.end(), piece.begin(), piece.end());
    return true;
  });
  clear();
  return all;
}

inline void Output::clear() {
  bytes.clear();
  parts_.clear();
  bodies_.clear();
  referred_ = kept_ = 0;
}

}  // namespace cpp_lite::h2
