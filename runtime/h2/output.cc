#include "h2/output.h"

#include <utility>

namespace cpp_lite::h2 {

void Output::refer(Body& body, std::span<const std::uint8_t> part) {
  if (bodies_.empty() || bodies_.back().bytes().data() != body.bytes().data()) {
    bodies_.push_back(body.hold());
  }
  parts_.push_back({bytes.size(), part});
  referred_ += part.size();
}

std::vector<std::uint8_t> Output::join() && {
  if (whole()) return std::exchange(bytes, {});
  std::vector<std::uint8_t> all;
  all.reserve(size());
  each(0, [&all](std::span<const std::uint8_t> piece) {
    all.insert(all.end(), piece.begin(), piece.end());
    return true;
  });
  bytes.clear();
  clear();
  return all;
}

void Output::clear() {
  bytes.clear();
  parts_.clear();
  bodies_.clear();
  referred_ = 0;
}

}  // namespace cpp_lite::h2
