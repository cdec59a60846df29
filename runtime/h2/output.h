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

// Bytes, and between them parts of bodies, which are not copied but kept.
class Output {
 public:
  Output() = default;
  explicit Output(std::vector<std::uint8_t> all) : bytes(std::move(all)) {}

  std::vector<std::uint8_t> bytes;  // to append to

  // `part`, which lies in `body`, follows what `bytes` holds so far.
  void refer(Body& body, std::span<const std::uint8_t> part);
  std::size_t size() const { return bytes.size() + referred_; }
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

}  // namespace cpp_lite::h2
