#include "wire/fields.h"

namespace cpp_lite::wire {

void FieldWriter::clear() {
  entries_.clear();
  made_.clear();
}

void FieldWriter::add(std::string_view name, std::string_view value, bool never_index) {
  // An empty view may have no address, and a null address means "made".
  const char* const data = value.empty() ? "" : value.data();
  entries_.push_back({name, data, 0, value.size(), never_index});
}

void FieldWriter::add_copy(std::string_view name, std::string_view value, bool never_index) {
  add_made(name, never_index, [&](std::string& out) { out.append(value); });
}

std::string_view FieldWriter::value(std::size_t i) const {
  const Entry& entry = entries_[i];
  if (entry.borrowed != nullptr) return {entry.borrowed, entry.value_size};
  return std::string_view(made_).substr(entry.begin, entry.value_size);
}

std::size_t FieldWriter::list_size() const {
  constexpr std::size_t kFieldOverhead = 32;
  std::size_t total = 0;
  for (const Entry& entry : entries_)
    total += entry.name.size() + entry.value_size + kFieldOverhead;
  return total;
}

}  // namespace cpp_lite::wire
