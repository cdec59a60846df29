// Prepared statements, and their execution without the C of it.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/status.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sqlite/database.h"
#include "sqlite/guard.h"

namespace cpp_lite::sqlite {

// Prepared when it is first used. Outlived by its database.
class Statement {
 public:
  Statement(Database& database, const char* sql) : database_(database), sql_(sql) {}
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

 private:
  friend class Query;
  int prepare();

  Database& database_;
  const char* const sql_;
  sqlite3_stmt* statement_ = nullptr;
};

// One execution: values first, in the order of the question marks, then rows. What is bound must
// stay until the end.
//
//   Query query(find_);
//   query.bind(id).bind(limit);
//   while (query.next()) use(query.integer(0));
//   if (!query.status().ok()) ...
class Query {
 public:
  explicit Query(Statement& statement);
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  Query& bind(std::int64_t value);
  Query& bind(std::string_view text);
  Query& bind(std::span<const std::uint8_t> blob);
  Query& bind_null();
  template <typename Clock>
  Query& bind(std::chrono::time_point<Clock, std::chrono::milliseconds> time) {
    return bind(static_cast<std::int64_t>(time.time_since_epoch().count()));
  }
  Query& bind(std::chrono::milliseconds time) {
    return bind(static_cast<std::int64_t>(time.count()));
  }

  bool next();   // false: no row any more, or an error
  Status run();  // to its end
  const Status& status() const { return status_; }

  std::int64_t integer(int column) const { return sqlite3_column_int64(statement_, column); }
  bool is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  std::string text(int column) const;
  Bytes blob(int column) const;
  // Until the next row.
  std::span<const std::uint8_t> view(int column) const;
  // False: of another length.
  template <std::size_t kSize>
  [[nodiscard]] bool read(int column, std::array<std::uint8_t, kSize>& to) const {
    const std::span<const std::uint8_t> from = view(column);
    if (from.size() != kSize) return false;
    std::copy(from.begin(), from.end(), to.begin());
    return true;
  }

 private:
  void check(int code);

  const Permit permit_;  // a changed schema has statements prepared again when they run
  Database& database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
  Status status_;
};

}  // namespace cpp_lite::sqlite
