#include "h2/header_block.h"

namespace cpp_lite::h2 {

void HeaderBlock::add(std::string_view name, std::string_view value, bool never_index) {
  fields_.push_back({static_cast<std::uint32_t>(bytes_.size()),
                     static_cast<std::uint32_t>(name.size()),
                     static_cast<std::uint32_t>(value.size()), never_index});
  bytes_.append(name).append(value);
}

void HeaderBlock::reserve(std::size_t fields, std::size_t bytes) {
  fields_.reserve(fields);
  bytes_.reserve(bytes);
}

void HeaderBlock::clear() {
  bytes_.clear();
  fields_.clear();
  over_limit = false;
}

std::string_view HeaderBlock::name(std::size_t i) const {
  const Field& field = fields_[i];
  return std::string_view(bytes_).substr(field.begin, field.name_size);
}

std::string_view HeaderBlock::value(std::size_t i) const {
  const Field& field = fields_[i];
  return std::string_view(bytes_).substr(field.begin + field.name_size, field.value_size);
}

std::optional<std::string_view> HeaderBlock::get(std::string_view name) const {
  for (std::size_t i = 0; i < size(); ++i) {
    if (this->name(i) == name) return value(i);
  }
  return std::nullopt;
}

}  // namespace cpp_lite::h2
