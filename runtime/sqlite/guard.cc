#include "sqlite/guard.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cpp_lite::sqlite {
namespace {

// SQLite asks on the thread that makes the call.
thread_local sqlite3* t_permitted = nullptr;

bool is_ours(const char* name) {
  return name != nullptr && sqlite3_strnicmp(name, "cpp_lite_", 9) == 0;
}

// Those that would change how durable or how safe the transaction is.
bool is_delicate(const char* pragma) {
  constexpr std::array<const char*, 9> kDelicate{
      "journal_mode",    "synchronous",    "locking_mode",
      "writable_schema", "wal_checkpoint", "ignore_check_constraints",
      "fullfsync",       "schema_version", "wal_autocheckpoint"};
  return std::any_of(kDelicate.begin(), kDelicate.end(),
                     [&](const char* name) { return sqlite3_stricmp(name, pragma) == 0; });
}

bool is_allowed(int action, const char* first, const char* second) {
  switch (action) {
    case SQLITE_TRANSACTION:
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return false;
    case SQLITE_SAVEPOINT:
    case SQLITE_ALTER_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_DROP_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_TRIGGER:
      return !is_ours(second);
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VIEW:
      return !is_ours(first);
    case SQLITE_PRAGMA:
      return second == nullptr || !is_delicate(first);
    default:
      return true;
  }
}

int may_do(void* connection, int action, const char* first, const char* second, const char*,
           const char*) {
  return connection == t_permitted || is_allowed(action, first, second) ? SQLITE_OK : SQLITE_DENY;
}

int may_do_nothing(void* connection, int, const char*, const char*, const char*, const char*) {
  return connection == t_permitted ? SQLITE_OK : SQLITE_DENY;
}

int may_commit(void* connection) { return connection == t_permitted ? 0 : 1; }

}  // namespace

void guard(sqlite3* connection) {
  sqlite3_set_authorizer(connection, &may_do, connection);
  sqlite3_commit_hook(connection, &may_commit, connection);
}

// A new authorizer has every statement prepared again before it runs.
void lock_out(sqlite3* connection) {
  sqlite3_set_authorizer(connection, &may_do_nothing, connection);
}

Permit::Permit(sqlite3* connection)
    : before_(std::exchange(t_permitted, connection)), mutex_(sqlite3_db_mutex(connection)) {
  sqlite3_mutex_enter(mutex_);
}
Permit::~Permit() {
  sqlite3_mutex_leave(mutex_);
  t_permitted = before_;
}

}  // namespace cpp_lite::sqlite
