// Lists of header fields, as they go to and come from HPACK.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::h2 {

// A field to send. The views must live until the call that takes the list returns.
struct HeaderField {
  std::string_view name;  // lower case
  std::string_view value;
  bool never_index = false;  // send as a literal that is not put into the HPACK table
};
using HeaderList = std::vector<HeaderField>;

// Received fields, in order, names in lower case. One piece of memory for all of them.
class HeaderBlock {
 public:
  void add(std::string_view name, std::string_view value, bool never_index = false);
  void reserve(std::size_t fields, std::size_t bytes);
  void clear();  // keeps the memory
  std::size_t size() const { return fields_.size(); }
  std::string_view name(std::size_t i) const;
  std::string_view value(std::size_t i) const;
  // The sender asked that the field stay out of every compression table (RFC 7541 6.2.3).
  bool never_index(std::size_t i) const { return fields_[i].never_index; }
  // The first value of a name.
  std::optional<std::string_view> get(std::string_view name) const;
  // Set when the peer sent more than our MAX_HEADER_LIST_SIZE or too many fields: the fields beyond
  // the limit are missing.
  bool over_limit = false;

 private:
  struct Field {
    std::uint32_t begin, name_size, value_size;
    bool never_index;
  };
  std::string bytes_;
  std::vector<Field> fields_;
};

}  // namespace cpp_lite::h2
