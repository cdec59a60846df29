#include "postgres/values.h"

#include <charconv>

namespace cpp_lite::postgres {
namespace {

// As the system catalog has numbered them since ever.
constexpr Oid kBytea = 17, kInt8 = 20, kText = 25, kByteaArray = 1001, kInt8Array = 1016;

template <typename T>
void put(Bytes& to, T value) {
  for (std::size_t shift = 8 * sizeof(T); shift > 0;) {
    shift -= 8;
    to.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
  }
}

void put_array_head(Bytes& to, Oid element, std::size_t size) {
  put<std::int32_t>(to, size == 0 ? 0 : 1);  // dimensions
  put<std::int32_t>(to, 0);                  // no NULLs
  put<std::uint32_t>(to, element);
  if (size == 0) return;
  put(to, static_cast<std::int32_t>(size));
  put<std::int32_t>(to, 1);  // the first index
}

}  // namespace

Bytes& Values::next(Oid type) {
  types_.push_back(type);
  return data_.emplace_back();
}

Values& Values::add(std::int64_t number) {
  put(next(kInt8), number);
  return *this;
}
Values& Values::add(View bytes) {
  next(kBytea).assign(bytes.begin(), bytes.end());
  return *this;
}
Values& Values::add_text(std::string_view text) {
  next(kText).assign(text.begin(), text.end());
  return *this;
}
Values& Values::add(const std::vector<std::int64_t>& numbers) {
  Bytes& to = next(kInt8Array);
  put_array_head(to, kInt8, numbers.size());
  for (const std::int64_t number : numbers) {
    put<std::int32_t>(to, sizeof number);
    put(to, number);
  }
  return *this;
}
Values& Values::add(const std::vector<View>& list) {
  Bytes& to = next(kByteaArray);
  put_array_head(to, kBytea, list.size());
  for (const View& bytes : list) {
    put(to, static_cast<std::int32_t>(bytes.size()));
    to.insert(to.end(), bytes.begin(), bytes.end());
  }
  return *this;
}

std::vector<const char*> Values::data() const {
  std::vector<const char*> pointers;
  pointers.reserve(data_.size());
  // A null pointer would be NULL.
  for (const Bytes& each : data_) {
    pointers.push_back(each.empty() ? "" : reinterpret_cast<const char*>(each.data()));
  }
  return pointers;
}
std::vector<int> Values::lengths() const {
  std::vector<int> lengths;
  lengths.reserve(data_.size());
  for (const Bytes& each : data_) lengths.push_back(static_cast<int>(each.size()));
  return lengths;
}

std::int64_t Rows::written() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string Rows::sql_state() const {
  const char* const state = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
  return state != nullptr ? state : "";
}

std::string Rows::error() const {
  const char* const primary = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
  std::string text = primary != nullptr ? primary : PQresultErrorMessage(result_.get());
  text.erase(text.find_last_not_of(" \n") + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

std::int64_t Rows::number(int row, int column) const {
  std::uint64_t bits = 0;
  for (const std::uint8_t byte : bytes(row, column)) bits = bits << 8U | byte;
  return static_cast<std::int64_t>(bits);
}

bool Rows::truth(int row, int column) const {
  const View value = bytes(row, column);
  return value.size() == 1 && value[0] != 0;
}

View Rows::bytes(int row, int column) const {
  const char* const data = PQgetvalue(result_.get(), row, column);
  const int length = PQgetlength(result_.get(), row, column);
  return {reinterpret_cast<const std::uint8_t*>(data), static_cast<std::size_t>(length)};
}

std::string Rows::text(int row, int column) const {
  const View value = bytes(row, column);
  return {value.begin(), value.end()};
}

}  // namespace cpp_lite::postgres
