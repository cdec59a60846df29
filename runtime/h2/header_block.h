// Lists of header fields, as they go to and come from HPACK.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::h2 {

// A field to send. The views must live until the call that takes the list returns; those of a
// lasting one as long as the connection, or its name's alone.
struct HeaderField {
  std::string_view name;  // lower case
  std::string_view value;
  bool never_index = false;  // send as a literal that is not put into the HPACK table
  bool lasting = false;
  bool lasting_name = false;
};
using HeaderList = std::vector<HeaderField>;

// Received fields, in order, names in lower case. One piece of memory for all of them, which the
// blocks of a connection that are alike share; what differs in a few values lies in the block. One
// that is complete may be read on any thread.
class HeaderBlock {
 public:
  HeaderBlock() noexcept {}  // NOLINT(modernize-use-equals-default): that would clear everything
  HeaderBlock(const HeaderBlock& other) noexcept : all_(other.all_) { vary_as(other); }
  HeaderBlock(HeaderBlock&& other) noexcept : all_(std::move(other.all_)) { vary_as(other); }
  HeaderBlock& operator=(HeaderBlock other) noexcept {
    all_.swap(other.all_);
    vary_as(other);
    return *this;
  }
  ~HeaderBlock() = default;

  // Precondition: the block shares nothing.
  void add(std::string_view name, std::string_view value, bool never_index = false);
  void reserve(std::size_t fields, std::size_t bytes);
  std::size_t size() const { return all_ == nullptr ? 0 : all_->fields.size(); }
  std::size_t bytes() const { return all_ == nullptr ? 0 : all_->bytes.size(); }
  std::string_view name(std::size_t i) const;
  std::string_view value(std::size_t i) const;
  // The sender asked that the field stay out of every compression table (RFC 7541 6.2.3).
  bool never_index(std::size_t i) const { return all_->fields[i].never_index; }
  // The first value of a name.
  std::optional<std::string_view> get(std::string_view name) const;
  // A field as it is without variations.
  struct View {
    std::string_view name, value;
    bool never_index;
  };
  View original(std::size_t i) const {
    const Field& field = all_->fields[i];
    const char* const at = all_->bytes.data() + field.begin;
    return {{at, field.name_size}, {at + field.name_size, field.value_size}, field.never_index};
  }

  // A block with the same fields, which shares the memory. It has none of this one's variations.
  HeaderBlock alike() const;
  // Gives the i-th field, which has no variation yet, another value. False: there is no room.
  bool vary(std::size_t i, std::string_view value);
  std::size_t variations() const { return varied_count_; }
  std::size_t varied_field(std::size_t variation) const { return varied_[variation].field; }
  // What a reader has made of the fields, variations apart, for those who read them in another
  // block that shares them. Of one thread; null at first. Precondition: size() > 0.
  std::shared_ptr<void>& note() { return all_->note; }

 private:
  struct Field {
    std::uint32_t begin, name_size, value_size;
    bool never_index;
  };
  struct Fields {
    std::string bytes;
    std::vector<Field> fields;
    std::shared_ptr<void> note;
  };
  struct Varied {
    std::uint8_t field, begin, size;
  };
  static constexpr std::size_t kVariedBytes = 64;

  Fields& own();
  void vary_as(const HeaderBlock& other) noexcept {
    over_limit = other.over_limit;
    varied_count_ = other.varied_count_;
    varied_size_ = other.varied_size_;
    if (varied_count_ == 0) return;
    varied_ = other.varied_;
    varied_bytes_ = other.varied_bytes_;
  }

  std::shared_ptr<Fields> all_;  // null: no fields
  std::uint8_t varied_count_ = 0, varied_size_ = 0;
  // As far as there are variations; not cleared, because each event of a connection has a block.
  std::array<Varied, 3> varied_;
  std::array<char, kVariedBytes> varied_bytes_;

 public:
  // Set when the peer sent more than our MAX_HEADER_LIST_SIZE or too many fields: the fields beyond
  // the limit are missing. (Here, where it makes no block larger: each open call keeps one.)
  bool over_limit = false;
};

// Makes the blocks of one direction of a connection, one at a time. One that has the fields of the
// block before it, but for a few values, takes no memory.
class BlockCollector {
 public:
  void begin();
  void add(std::string_view name, std::string_view value, bool never_index);
  std::size_t size() const { return following_ ? matched_ : block_.size(); }
  HeaderBlock finish();

 private:
  bool follow(std::string_view name, std::string_view value, bool never_index);
  void add_own(std::string_view name, std::string_view value, bool never_index);
  void leave();

  HeaderBlock last_;  // without variations
  HeaderBlock block_;
  bool following_ = false;     // so far the block is alike
  std::size_t matched_ = 0;    // so many fields
  std::size_t different_ = 0;  // blocks in a row that differed in something
};

// As ==, without a call for what is short: nine in ten of all names and values.
[[gnu::always_inline]] inline bool same(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto words_at = [&]<typename Word>(std::size_t at, Word) {
    Word left, right;
    std::memcpy(&left, a.data() + at, sizeof(Word));
    std::memcpy(&right, b.data() + at, sizeof(Word));
    return left == right;
  };
  const std::size_t size = a.size();
  if (size > 16) return std::memcmp(a.data(), b.data(), size) == 0;
  if (size >= 8) return words_at(0, std::uint64_t{}) && words_at(size - 8, std::uint64_t{});
  if (size >= 4) return words_at(0, std::uint32_t{}) && words_at(size - 4, std::uint32_t{});
  for (std::size_t i = 0; i < size; ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

inline bool BlockCollector::follow(std::string_view name, std::string_view value,
                                   bool never_index) {
  if (matched_ == last_.size()) return false;
  const HeaderBlock::View field = last_.original(matched_);
  if (!same(name, field.name) || never_index != field.never_index) return false;
  if (!same(value, field.value) && !block_.vary(matched_, value)) return false;
  ++matched_;
  return true;
}

inline void BlockCollector::add(std::string_view name, std::string_view value, bool never_index) {
  if (!following_ || !follow(name, value, never_index)) add_own(name, value, never_index);
}

}  // namespace cpp_lite::h2
