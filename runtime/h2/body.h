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
  Body share() { return shared_ == nullptr && own_.size() <= kCopyUpTo ? copy() : hold(); }
  // Likewise, and where they are: they stay there as long as there is one of these.
  Body hold() {
    if (shared_ == nullptr) shared_ = std::make_shared<const Shared>(std::exchange(own_, {}));
    Body other;
    other.shared_ = shared_;
    return other;
  }
  std::span<const std::uint8_t> bytes() const { return shared_ == nullptr ? own_ : shared_->bytes; }
  std::size_t size() const { return bytes().size(); }
  bool shared() const { return shared_ != nullptr; }
  // Null: they are shared.
  Bytes* own() { return shared_ == nullptr ? &own_ : nullptr; }

 private:
  static constexpr std::size_t kCopyUpTo = 1024;

  struct Shared {
    explicit Shared(Bytes all) : bytes(std::move(all)) {}
    ~Shared() { detail::give_bytes(std::move(bytes)); }
    Bytes bytes;
  };

  Body copy() const {
    Bytes bytes = detail::take_bytes(own_.size());
    std::copy(own_.begin(), own_.end(), bytes.begin());
    return bytes;
  }

  Bytes own_;
  std::shared_ptr<const Shared> shared_;
};

}  // namespace cpp_lite::h2
