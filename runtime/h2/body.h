// Bytes of a body on their way out.
#pragma once

#include <cpp_lite/block.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace cpp_lite::h2 {

// Owned, or shared with whoever may have to send them again. Shared ones do not change.
class Body {
 public:
  using Bytes = std::vector<std::uint8_t>;

  Body() = default;
  Body(Bytes bytes) : own_(std::move(bytes)) {}

  // The same bytes once more. Few are copied, which costs less than owning them together.
  Body share() {
    if (shared_ == nullptr && own_.size() <= kCopyUpTo) return copy();
    if (shared_ == nullptr) shared_ = std::make_shared<const Bytes>(std::exchange(own_, {}));
    Body other;
    other.shared_ = shared_;
    return other;
  }
  std::span<const std::uint8_t> bytes() const { return shared_ == nullptr ? own_ : *shared_; }
  std::size_t size() const { return bytes().size(); }
  // Null: they are shared.
  Bytes* own() { return shared_ == nullptr ? &own_ : nullptr; }

 private:
  static constexpr std::size_t kCopyUpTo = 1024;

  Body copy() const {
    Bytes bytes = detail::take_bytes(own_.size());
    std::copy(own_.begin(), own_.end(), bytes.begin());
    return bytes;
  }

  Bytes own_;
  std::shared_ptr<const Bytes> shared_;
};

}  // namespace cpp_lite::h2
