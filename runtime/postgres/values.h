// The values that go with a statement, and those of its answer, in PostgreSQL's binary format.
#pragma once

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite::postgres {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

inline View view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// In the order of $1, $2 ...
class Values {
 public:
  Values& add(std::int64_t number);                       // int8
  Values& add(View bytes);                                // bytea
  Values& add_text(std::string_view text);                // text, in UTF-8
  Values& add(const std::vector<std::int64_t>& numbers);  // int8[]
  Values& add(const std::vector<View>& list);             // bytea[]

  int size() const { return static_cast<int>(types_.size()); }
  const Oid* types() const { return types_.data(); }
  std::vector<const char*> data() const;
  std::vector<int> lengths() const;

 private:
  Bytes& next(Oid type);

  std::vector<Oid> types_;
  std::vector<Bytes> data_;
};

// The rows of one statement. Positions have to be there; values are as the statement casts them.
class Rows {
 public:
  Rows() = default;
  explicit Rows(PGresult* result) : result_(result) {}

  ExecStatusType kind() const { return PQresultStatus(result_.get()); }
  int count() const { return PQntuples(result_.get()); }
  // How many rows it wrote.
  std::int64_t written() const;
  std::string_view command() const { return PQcmdStatus(result_.get()); }
  std::string sql_state() const;
  std::string error() const;  // one line

  std::int64_t number(int row, int column) const;  // int8
  bool truth(int row, int column) const;           // bool
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  View bytes(int row, int column) const;
  std::string text(int row, int column) const;
  // False: of another length.
  template <std::size_t kSize>
  [[nodiscard]] bool read(int row, int column, std::array<std::uint8_t, kSize>& to) const {
    const View from = bytes(row, column);
    if (from.size() != kSize) return false;
    std::copy(from.begin(), from.end(), to.begin());
    return true;
  }

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

}  // namespace cpp_lite::postgres
