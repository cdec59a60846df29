// The key-value pairs beside a call's messages: HTTP headers and trailers as gRPC allows them.
#pragma once

#include <cpp_lite/export.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite {

// An ordered multimap. Keys are kept in lower case, characters 0-9 a-z _ - . (PROTOCOL-HTTP2.md,
// "Custom-Metadata"). Values of keys that end in "-bin" are raw bytes, on the wire in base64; other
// values are printable ASCII. A pair that breaks these rules, or whose key is reserved, makes the
// call that carries it fail with INTERNAL, see `invalid()`.
class CPP_LITE_API Metadata {
 public:
  struct Entry {
    std::string key;
    std::string value;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  Metadata() = default;
  // A pair on its way in; borrowed.
  struct Field {
    std::string_view key;
    std::string_view value;
    // Not one of the defaults below; an empty key that somebody wrote is given, and invalid.
    bool given() const { return key.data() != nullptr || value.data() != nullptr; }
  };
  // `{{"tenant", "acme"}, {"trace", "7"}}`, up to eight pairs; more come by add(). (No
  // initializer_list, and Field instead of Entry: see docs/decisions/0003.)
  Metadata(Field first, Field second = {}, Field third = {}, Field fourth = {}, Field fifth = {},
           Field sixth = {}, Field seventh = {}, Field eighth = {});

  void add(std::string_view key, std::string_view value);  // appends, keeps earlier values
  void set(std::string_view key, std::string_view value);  // replaces all values of the key
  std::size_t erase(std::string_view key);                 // how many were there

  // The first value of the key. Keys are compared without regard to case. The view lives until the
  // metadata changes.
  std::optional<std::string_view> get(std::string_view key) const;
  std::vector<std::string_view> get_all(std::string_view key) const;
  bool contains(std::string_view key) const { return get(key).has_value(); }

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }

  // What is wrong with the first pair that may not be sent, in words; nullopt when all are fine.
  std::optional<std::string> invalid() const;
  // The protocol or the library sets it: ":*", "grpc-*", "cpp-lite-*", "content-type", "user-agent"
  // and the like. `key` is in lower case. Who passes metadata on that came with a call leaves these
  // out.
  static bool is_reserved(std::string_view key);

  friend bool operator==(const Metadata&, const Metadata&) = default;

 private:
  std::vector<Entry> entries_;
};

// Metadata for one call: pairs, or a Metadata. Borrows both; what it names must live until the
// function that takes it returns.
class MetadataView {
 public:
  using Field = Metadata::Field;

  MetadataView() = default;
  MetadataView(const Metadata& all) : all_(&all) {}
  MetadataView(Field first, Field second = {}, Field third = {}, Field fourth = {},
               Field fifth = {}, Field sixth = {}, Field seventh = {}, Field eighth = {})
      : fields_{first, second, third, fourth, fifth, sixth, seventh, eighth} {}

  Metadata copy() const {
    if (all_ != nullptr) return *all_;
    Metadata copied;
    for (const Field& field : fields_) {
      if (field.given()) copied.add(field.key, field.value);
    }
    return copied;
  }

 private:
  const Metadata* all_ = nullptr;
  Field fields_[8] = {};
};

}  // namespace cpp_lite
