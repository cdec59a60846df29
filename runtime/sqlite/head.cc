#include "sqlite/head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>

namespace cpp_lite::sqlite {
namespace {

using idempotency::Milliseconds;
using idempotency::Owner;
using idempotency::Record;
using idempotency::Time;

constexpr std::uint8_t kHeadVersion = 1;
constexpr std::size_t kMostHead = 144;  // of version 1

// --- The fields, for both directions: `visit` is a HeadWriter or a HeadReader ---

template <typename Visit, typename AnyRecord>
void each_field(Visit& visit, AnyRecord& record) {
  visit(record.token);
  visit(record.since);
  visit(record.ttl);
  visit(record.rerun_until);
  visit(record.expires);
  visit(record.fingerprint.algorithm);
  visit(record.fingerprint.excluded);
  visit(record.fingerprint.reduced);
}

class HeadWriter {
 public:
  explicit HeadWriter(std::vector<std::uint8_t>& to) : to_(to) {}

  template <std::size_t kSize>
  void operator()(const std::array<std::uint8_t, kSize>& bytes) {
    to_.insert(to_.end(), bytes.begin(), bytes.end());
  }
  void operator()(Time time) { number<8>(time.time_since_epoch().count()); }
  void operator()(Milliseconds time) { number<8>(time.count()); }
  void operator()(bool value) { number<1>(value ? 1 : 0); }
  void operator()(std::uint32_t value) { number<4>(value); }

 private:
  // Little-endian.
  template <std::size_t kSize>
  void number(std::int64_t value) {
    std::array<std::uint8_t, kSize> bytes{};
    for (std::size_t i = 0; i < kSize; ++i) {
      bytes[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
    }
    (*this)(bytes);
  }

  std::vector<std::uint8_t>& to_;
};

class HeadReader {
 public:
  explicit HeadReader(std::span<const std::uint8_t> from) : from_(from) {}

  template <std::size_t kSize>
  void operator()(std::array<std::uint8_t, kSize>& bytes) {
    ok_ = ok_ && from_.size() >= kSize;
    if (!ok_) return;
    std::copy_n(from_.begin(), kSize, bytes.begin());
    from_ = from_.subspan(kSize);
  }
  void operator()(Time& time) { time = Time(Milliseconds(number<8>())); }
  void operator()(Milliseconds& time) { time = Milliseconds(number<8>()); }
  void operator()(bool& value) { value = number<1>() != 0; }
  void operator()(std::uint32_t& value) { value = static_cast<std::uint32_t>(number<4>()); }

  bool ok() const { return ok_; }
  bool at_end() const { return from_.empty(); }

 private:
  template <std::size_t kSize>
  std::int64_t number() {
    std::array<std::uint8_t, kSize> bytes{};
    (*this)(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kSize; ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
    return static_cast<std::int64_t>(value);
  }

  std::span<const std::uint8_t> from_;
  bool ok_ = true;
};

template <typename T>
bool read_number(std::string_view text, T& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

// The full fingerprint is there only where it is another one: few methods exclude fields.
std::vector<std::uint8_t> pack_head(const Record& record) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kMostHead);
  bytes.push_back(kHeadVersion);
  HeadWriter writer(bytes);
  each_field(writer, record);
  if (record.fingerprint.full != record.fingerprint.reduced) writer(record.fingerprint.full);
  return bytes;
}

bool unpack_head(std::span<const std::uint8_t> bytes, Record& record) {
  if (bytes.empty() || bytes[0] != kHeadVersion) return false;
  HeadReader reader(bytes.subspan(1));
  each_field(reader, record);
  if (reader.at_end()) {
    record.fingerprint.full = record.fingerprint.reduced;
  } else {
    reader(record.fingerprint.full);
  }
  return reader.ok() && reader.at_end();
}

std::string pack_owner(const Owner& owner) {
  std::string text = owner.host;
  text.append(1, ' ').append(std::to_string(owner.pid));
  text.append(1, ' ').append(std::to_string(owner.started.time_since_epoch().count()));
  return text;
}

bool unpack_owner(const std::string& text, Owner& owner) {
  const std::size_t second = text.rfind(' ');
  if (second == std::string::npos || second == 0) return false;
  const std::size_t first = text.rfind(' ', second - 1);
  if (first == std::string::npos) return false;
  const std::string_view all = text;
  std::int64_t started = 0;
  if (!read_number(all.substr(first + 1, second - first - 1), owner.pid) ||
      !read_number(all.substr(second + 1), started)) {
    return false;
  }
  owner.host = text.substr(0, first);
  owner.started = Time(Milliseconds(started));
  return true;
}

}  // namespace cpp_lite::sqlite
