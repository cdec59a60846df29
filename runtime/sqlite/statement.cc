#include "sqlite/statement.h"

namespace cpp_lite::sqlite {

int Statement::prepare() {
  if (statement_ != nullptr) return SQLITE_OK;
  return sqlite3_prepare_v3(database_.handle(), sql_, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                            nullptr);
}

Query::Query(Statement& statement)
    : permit_(statement.database_.handle()), database_(statement.database_) {
  const int code = statement.prepare();
  statement_ = statement.statement_;
  check(code);
}

Query::~Query() {
  sqlite3_reset(statement_);
  if (bound_ > 0) sqlite3_clear_bindings(statement_);
}

void Query::check(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = database_.failure(code);
}

Query& Query::bind(std::int64_t value) {
  if (status_.ok()) check(sqlite3_bind_int64(statement_, ++bound_, value));
  return *this;
}
Query& Query::bind(std::string_view text) {
  if (!status_.ok()) return *this;
  // A null pointer would be NULL.
  const char* data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}
Query& Query::bind(std::span<const std::uint8_t> blob) {
  if (!status_.ok()) return *this;
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  check(sqlite3_bind_blob64(statement_, ++bound_, data, blob.size(), SQLITE_STATIC));
  return *this;
}
Query& Query::bind_null() {
  if (status_.ok()) check(sqlite3_bind_null(statement_, ++bound_));
  return *this;
}

bool Query::next() {
  if (!status_.ok()) return false;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) check(code);
  return false;
}

Status Query::run() {
  while (next()) {
  }
  return status_;
}

std::span<const std::uint8_t> Query::view(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const std::uint8_t*>(data), static_cast<std::size_t>(size)};
}

std::string Query::text(int column) const {
  const std::span<const std::uint8_t> bytes = view(column);
  return {bytes.begin(), bytes.end()};
}

Bytes Query::blob(int column) const {
  const std::span<const std::uint8_t> bytes = view(column);
  return {bytes.begin(), bytes.end()};
}

}  // namespace cpp_lite::sqlite
