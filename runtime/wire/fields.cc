#include "wire/fields.h"

#include "wire/causes.h"

namespace cpp_lite::wire {

void FieldWriter::clear() {
  entries_.clear();
  made_.clear();
}

void FieldWriter::add(std::string_view name, std::string_view value, bool never_index) {
  // An empty view may have no address, and a null address means "made".
  const char* const data = value.empty() ? "" : value.data();
  entries_.push_back({name, data, 0, value.size(), never_index, false});
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

Status check_list(const FieldWriter& fields, std::size_t longest) {
  const auto too_large = [](std::size_t size, std::size_t most, std::string what) {
    return local_status(LocalCause::sent_header_list_too_large,
                        what + std::to_string(size) + " bytes, at most " + std::to_string(most));
  };
  if (const std::size_t size = fields.list_size(); size > longest) {
    return too_large(size, longest, "");
  }
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::size_t size = fields.value(i).size();
    if (size > kLongestValue) {
      return too_large(size, kLongestValue, std::string(fields.name(i)) + " has ");
    }
  }
  return Status();
}

}  // namespace cpp_lite::wire
