// Header fields on their way in and out, in a form that costs next to nothing to bring to HPACK.
#pragma once

#include <cpp_lite/status.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::wire {

// Received fields, in order, names in lower case. h2::HeaderBlock is one, FieldWriter another. What
// is parsed from it may point into it: parse it where it stays.
template <typename T>
concept FieldSource = requires(const T& fields, std::size_t i) {
  { fields.size() } -> std::convertible_to<std::size_t>;
  { fields.name(i) } -> std::convertible_to<std::string_view>;
  { fields.value(i) } -> std::convertible_to<std::string_view>;
};

// Fields to send. Names and most values are borrowed and must live until the fields were taken;
// values that are made on the way lie in one buffer in here. clear() keeps the memory, so that one
// writer per connection writes all its header blocks without allocation. For one thread.
class FieldWriter {
 public:
  void clear();

  void add(std::string_view name, std::string_view value, bool never_index = false);
  // Of literals: both live as long as the program.
  void add_constant(std::string_view name, std::string_view value) {
    add(name, value);
    entries_.back().constant = true;
  }
  // make(std::string&) appends the value to what it is given.
  template <typename Make>
  void add_made(std::string_view name, bool never_index, Make&& make) {
    const std::size_t begin = made_.size();
    make(made_);
    entries_.push_back({name, nullptr, begin, made_.size() - begin, never_index, false});
  }
  void add_copy(std::string_view name, std::string_view value, bool never_index = false);

  std::size_t size() const { return entries_.size(); }
  std::string_view name(std::size_t i) const { return entries_[i].name; }
  std::string_view value(std::size_t i) const;
  bool never_index(std::size_t i) const { return entries_[i].never_index; }
  // As SETTINGS_MAX_HEADER_LIST_SIZE counts, RFC 9113 6.5.2.
  std::size_t list_size() const;

  // Appends {name, value, never_index} for every field to a list such as h2::HeaderList. The views
  // live until the writer changes.
  template <typename List>
  void append_to(List& list) const {
    for (std::size_t i = 0; i < size(); ++i) {
      list.push_back({name(i), value(i), never_index(i)});
      if constexpr (requires { list.back().lasting; }) list.back().lasting = entries_[i].constant;
    }
  }

 private:
  struct Entry {
    std::string_view name;
    const char* borrowed;  // null: the value lies in made_
    std::size_t begin;
    std::size_t value_size;
    bool never_index;
    bool constant;
  };
  std::vector<Entry> entries_;
  std::string made_;
};

// RESOURCE_EXHAUSTED when the list is longer than the peer takes (h2::Connection::longest_list()),
// or one value longer than libnghttp2 reads, which as a peer would give up the whole connection.
inline constexpr std::size_t kLongestValue = 64 << 10;
Status check_list(const FieldWriter& fields, std::size_t longest);

}  // namespace cpp_lite::wire
