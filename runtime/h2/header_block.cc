#include "h2/header_block.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <limits>
#include <utility>

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualBlock = 512;
// What a connection remembers of the last block.
constexpr std::size_t kMostRemembered = 2048;
// When so many have differed in something, the newest is what the next ones are compared with.
constexpr std::size_t kOutdated = 16;

}  // namespace

HeaderBlock::Fields& HeaderBlock::own() {
  if (all_ == nullptr) all_ = std::allocate_shared<Fields>(detail::BlockAllocator<Fields>());
  return *all_;
}

void HeaderBlock::add(std::string_view name, std::string_view value, bool never_index) {
  Fields& all = own();
  all.fields.push_back({static_cast<std::uint32_t>(all.bytes.size()),
                        static_cast<std::uint32_t>(name.size()),
                        static_cast<std::uint32_t>(value.size()), never_index});
  all.bytes.append(name).append(value);
}

void HeaderBlock::reserve(std::size_t fields, std::size_t bytes) {
  own().fields.reserve(fields);
  own().bytes.reserve(bytes);
}

std::string_view HeaderBlock::name(std::size_t i) const {
  const Field& field = all_->fields[i];
  return {all_->bytes.data() + field.begin, field.name_size};
}

std::string_view HeaderBlock::value(std::size_t i) const {
  for (std::size_t k = 0; k < varied_count_; ++k) {
    if (varied_[k].field == i) return {varied_bytes_.data() + varied_[k].begin, varied_[k].size};
  }
  const Field& field = all_->fields[i];
  return {all_->bytes.data() + field.begin + field.name_size, field.value_size};
}

std::optional<std::string_view> HeaderBlock::get(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (this->name(i) == name) return value(i);
  }
  return std::nullopt;
}

HeaderBlock HeaderBlock::alike() const {
  HeaderBlock other;
  other.all_ = all_;
  return other;
}

bool HeaderBlock::vary(std::size_t i, std::string_view value) {
  if (varied_count_ == varied_.size() || value.size() > kVariedBytes - varied_size_) return false;
  if (i > std::numeric_limits<std::uint8_t>::max()) return false;
  std::ranges::copy(value, varied_bytes_.begin() + varied_size_);
  varied_[varied_count_++] = {static_cast<std::uint8_t>(i), varied_size_,
                              static_cast<std::uint8_t>(value.size())};
  varied_size_ = static_cast<std::uint8_t>(varied_size_ + value.size());
  return true;
}

void BlockCollector::begin() {
  following_ = last_.size() > 0;
  matched_ = 0;
  block_ = following_ ? last_.alike() : HeaderBlock();
  if (!following_) block_.reserve(kUsualFields, kUsualBlock);
}

void BlockCollector::add_own(std::string_view name, std::string_view value, bool never_index) {
  leave();
  block_.add(name, value, never_index);
}

// The block gets memory of its own.
void BlockCollector::leave() {
  if (!std::exchange(following_, false)) return;
  const HeaderBlock front = std::exchange(block_, {});
  block_.reserve(kUsualFields, kUsualBlock);
  for (std::size_t i = 0; i < matched_; ++i) {
    block_.add(front.name(i), front.value(i), front.never_index(i));
  }
}

HeaderBlock BlockCollector::finish() {
  different_ = block_.variations() > 0 ? different_ + 1 : 0;
  if (matched_ < last_.size() || different_ == kOutdated) leave();
  if (!std::exchange(following_, false)) {
    last_ = block_.bytes() <= kMostRemembered ? block_.alike() : HeaderBlock();
    different_ = 0;
  }
  return std::exchange(block_, {});
}

}  // namespace cpp_lite::h2
