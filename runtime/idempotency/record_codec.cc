#include "idempotency/record_codec.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::idempotency {

namespace {

using View = std::span<const std::uint8_t>;
using Trailer = std::pair<std::string, std::string>;

constexpr std::uint8_t kVersion = 1;

// What is made of fields itself.
template <typename T>
concept Part = std::same_as<T, Trailer> || std::same_as<T, StoredResult> ||
    std::same_as<T, Owner> || std::same_as<T, Label> || std::same_as<T, Fingerprint>;

// --- The fields, for both directions: `visit` is a RecordWriter or a RecordReader ---

template <typename Visit>
void fields(Visit& visit, Trailer& trailer) {
  visit(1, trailer.first);
  visit(2, trailer.second);
}

template <typename Visit>
void fields(Visit& visit, StoredResult& result) {
  visit(1, result.code);
  visit(2, result.message);
  visit(3, result.details);
  visit(4, result.trailers);
  visit(5, result.body);
  visit(6, result.tombstone);
}

template <typename Visit>
void fields(Visit& visit, Owner& owner) {
  visit(1, owner.host);
  visit(2, owner.pid);
  visit(3, owner.started);
}

template <typename Visit>
void fields(Visit& visit, Label& label) {
  visit(1, label.method);
  visit(2, label.scope);
  visit(3, label.key);
}

template <typename Visit>
void fields(Visit& visit, Fingerprint& fingerprint) {
  visit(1, fingerprint.algorithm);
  visit(2, fingerprint.reduced);
  visit(3, fingerprint.full);
  visit(4, fingerprint.excluded);
}

template <typename Visit>
void fields(Visit& visit, Record& record) {
  visit(1, record.state);
  visit(2, record.fingerprint);
  visit(3, record.token);
  visit(4, record.attempt);
  visit(5, record.first_begin);
  visit(6, record.lease_until);
  visit(7, record.since);
  visit(8, record.expires_at);
  visit(9, record.ttl);
  visit(10, record.rerun_until);
  visit(11, record.expires);
  visit(12, record.result);
  visit(13, record.owner);
  visit(14, record.label);
}

// --- Out ---

// Little-endian, 8 bytes: few records are so many that shorter numbers would matter.
std::array<std::uint8_t, 8> number_bytes(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  return bytes;
}

class RecordWriter {
 public:
  explicit RecordWriter(Bytes& to) : to_(to) {}

  template <typename T>
  void operator()(std::uint8_t field, T& value) {
    put(field, value);
  }

 private:
  void raw(std::uint8_t field, View content) {
    to_.push_back(field);
    std::size_t length = content.size();
    for (; length >= 0x80; length >>= 7U) {
      to_.push_back(static_cast<std::uint8_t>(0x80U | (length & 0x7fU)));
    }
    to_.push_back(static_cast<std::uint8_t>(length));
    to_.insert(to_.end(), content.begin(), content.end());
  }
  void put(std::uint8_t field, const std::string& text) {
    raw(field, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  void put(std::uint8_t field, const Bytes& bytes) { raw(field, bytes); }
  template <std::size_t kSize>
  void put(std::uint8_t field, const std::array<std::uint8_t, kSize>& bytes) {
    raw(field, bytes);
  }
  void put(std::uint8_t field, Time time) { put(field, time.time_since_epoch().count()); }
  void put(std::uint8_t field, Milliseconds duration) { put(field, duration.count()); }
  template <typename T>
  requires(std::integral<T> || std::is_enum_v<T>) void put(std::uint8_t field, T value) {
    raw(field, number_bytes(static_cast<std::uint64_t>(value)));
  }
  void put(std::uint8_t field, std::vector<Trailer>& trailers) {
    for (Trailer& trailer : trailers) put(field, trailer);
  }
  template <Part T>
  void put(std::uint8_t field, T& part) {
    Bytes content;
    RecordWriter writer(content);
    fields(writer, part);
    raw(field, content);
  }

  Bytes& to_;
};

// --- In ---

class RecordReader {
 public:
  explicit RecordReader(View from) { ok_ = split(from); }

  template <typename T>
  void operator()(std::uint8_t field, T& value) {
    for (const auto& [number, content] : found_) {
      if (number == field && !get(content, value)) ok_ = false;
    }
  }
  bool ok() const { return ok_; }

 private:
  bool split(View from) {
    while (!from.empty()) {
      const std::uint8_t field = from[0];
      from = from.subspan(1);
      const std::optional<std::size_t> length = take_length(from);
      if (!length || *length > from.size()) return false;
      found_.emplace_back(field, from.first(*length));
      from = from.subspan(*length);
    }
    return true;
  }
  static std::optional<std::size_t> take_length(View& from) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < from.size() && i < 5; ++i) {
      length |= std::size_t{from[i] & 0x7fU} << (7 * i);
      if (from[i] < 0x80) {
        from = from.subspan(i + 1);
        return length;
      }
    }
    return std::nullopt;
  }

  static bool get(View content, std::string& text) {
    text.assign(content.begin(), content.end());
    return true;
  }
  static bool get(View content, Bytes& bytes) {
    bytes.assign(content.begin(), content.end());
    return true;
  }
  template <std::size_t kSize>
  static bool get(View content, std::array<std::uint8_t, kSize>& bytes) {
    if (content.size() != kSize) return false;
    std::copy(content.begin(), content.end(), bytes.begin());
    return true;
  }
  static bool get(View content, std::int64_t& value) {
    if (content.size() != 8) return false;
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 8; ++i) bits |= std::uint64_t{content[i]} << (8 * i);
    value = static_cast<std::int64_t>(bits);
    return true;
  }
  static bool get(View content, Time& time) {
    std::int64_t count = 0;
    if (!get(content, count)) return false;
    time = Time(Milliseconds(count));
    return true;
  }
  static bool get(View content, Milliseconds& duration) {
    std::int64_t count = 0;
    if (!get(content, count)) return false;
    duration = Milliseconds(count);
    return true;
  }
  static bool get(View content, std::uint32_t& value) {
    return get_between(content, 0, UINT32_MAX, value);
  }
  static bool get(View content, bool& value) { return get_between(content, 0, 1, value); }
  static bool get(View content, State& state) { return get_between(content, 1, 3, state); }
  static bool get(View content, Code& code) { return get_between(content, 0, 16, code); }
  template <typename T>
  static bool get_between(View content, std::int64_t least, std::int64_t most, T& value) {
    std::int64_t number = 0;
    if (!get(content, number) || number < least || number > most) return false;
    value = static_cast<T>(number);
    return true;
  }
  static bool get(View content, std::vector<Trailer>& trailers) {
    return get(content, trailers.emplace_back());
  }
  template <Part T>
  static bool get(View content, T& part) {
    RecordReader reader(content);
    fields(reader, part);
    return reader.ok();
  }

  std::vector<std::pair<std::uint8_t, View>> found_;
  bool ok_ = true;
};

template <typename T>
Bytes encoded(T part) {
  Bytes bytes{kVersion};
  RecordWriter writer(bytes);
  fields(writer, part);
  return bytes;
}

template <typename T>
std::optional<T> decoded(View bytes) {
  if (bytes.empty() || bytes[0] != kVersion) return std::nullopt;
  T part;
  RecordReader reader(bytes.subspan(1));
  fields(reader, part);
  if (!reader.ok()) return std::nullopt;
  return part;
}

}  // namespace

Bytes encode(const Record& record) { return encoded(record); }
Bytes encode(const StoredResult& result) { return encoded(result); }
Bytes encode(const Owner& owner) { return encoded(owner); }
Bytes encode(const Label& label) { return encoded(label); }

std::optional<Record> decode_record(View bytes) { return decoded<Record>(bytes); }
std::optional<StoredResult> decode_result(View bytes) { return decoded<StoredResult>(bytes); }
std::optional<Owner> decode_owner(View bytes) { return decoded<Owner>(bytes); }
std::optional<Label> decode_label(View bytes) { return decoded<Label>(bytes); }

}  // namespace cpp_lite::idempotency
