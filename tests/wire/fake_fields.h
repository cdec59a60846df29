// Received header fields as a test writes them down, and written ones in a form that it can
// compare.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/fields.h"

namespace cpp_lite::wire {

class FakeFields {
 public:
  using Pair = std::pair<std::string, std::string>;
  FakeFields(std::initializer_list<Pair> fields) : fields_(fields) {}

  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t i) const { return fields_[i].first; }
  std::string_view value(std::size_t i) const { return fields_[i].second; }

  // The same fields with another value for one name, without it, or with one more.
  FakeFields with(std::string name, std::string value) const {
    FakeFields copy = without(name);
    copy.fields_.emplace_back(std::move(name), std::move(value));
    return copy;
  }
  FakeFields without(std::string_view name) const {
    FakeFields copy = *this;
    std::erase_if(copy.fields_, [&](const Pair& field) { return field.first == name; });
    return copy;
  }
  FakeFields plus(std::string name, std::string value) const {
    FakeFields copy = *this;
    copy.fields_.emplace_back(std::move(name), std::move(value));
    return copy;
  }

 private:
  std::vector<Pair> fields_;
};

inline std::vector<std::string> lines(const FieldWriter& fields) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    result.push_back(std::string(fields.name(i)) + ": " + std::string(fields.value(i)));
  }
  return result;
}

inline std::optional<std::string> value_of(const FieldWriter& fields, std::string_view name) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields.name(i) == name) return std::string(fields.value(i));
  }
  return std::nullopt;
}

}  // namespace cpp_lite::wire
