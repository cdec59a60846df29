#include "sqlite/database.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

#include "sqlite/guard.h"
#include "sqlite/system.h"
#include "sqlite/wal_file.h"

namespace cpp_lite::sqlite {
namespace {

using std::chrono::milliseconds;

int whole_milliseconds(std::chrono::nanoseconds time) {
  return static_cast<int>(
      std::clamp<std::int64_t>(std::chrono::ceil<milliseconds>(time).count(), 0, 86'400'000));
}

// The log is larger than by default: fewer checkpoints, each of which waits for the disk thrice.
constexpr const char* kPragmas =
    "PRAGMA fullfsync=ON; PRAGMA checkpoint_fullfsync=ON;"
    "PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"
    "PRAGMA cache_size=-16000;";

int keep_first_column(void* to, int columns, char** values, char**) {
  if (columns > 0 && values[0] != nullptr) *static_cast<std::string*>(to) = values[0];
  return SQLITE_OK;
}

}  // namespace

Result<std::shared_ptr<Database>> Database::open(const std::string& path, const Setup& setup) {
  if (path.empty() || path == ":memory:") {
    return Status(Code::failed_precondition,
                  "sqlite: a store needs a file; memory_store() is one without");
  }
  std::shared_ptr<Database> database(new Database(path));
  if (Status status = database->connect(setup); !status.ok()) return status;
  return database;
}

Status Database::connect(const Setup& setup) {
  if (setup.create) make_private_file(path_);
  // Serialized: take_away() comes from another thread.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE |
                    (setup.create ? SQLITE_OPEN_CREATE : 0);
  const char* const gathering = setup.synchronous ? gathering_vfs(setup.vfs) : nullptr;
  const char* const vfs = gathering != nullptr ? gathering : setup.vfs;
  if (const int code = sqlite3_open_v2(path_.c_str(), &handle_, flags, vfs); code != 0) {
    return failure(code);
  }
  sqlite3_busy_timeout(handle_, whole_milliseconds(setup.busy_timeout));
  guard(handle_);
  return configure(setup);
}

Status Database::configure(const Setup& setup) {
  if (Status status = use_wal(setup); !status.ok()) return status;
  if (Status status = execute(kPragmas); !status.ok()) return status;
  if (setup.max_pages > 0) {
    const std::string pragma = "PRAGMA max_page_count=" + std::to_string(setup.max_pages);
    if (Status status = execute(pragma.c_str()); !status.ok()) return status;
  }
  return be_synchronous(setup);
}

Status Database::be_synchronous(const Setup& setup) {
  return execute(setup.synchronous ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=OFF");
}

// A database that holds a store has a write-ahead log already; one that does not is left alone,
// unless a store may be made in it. The switch does not wait for other processes by itself.
Status Database::use_wal(const Setup& setup) {
  constexpr milliseconds kPause{10};
  const char* const sql = setup.create ? "PRAGMA journal_mode=WAL" : "PRAGMA journal_mode";
  std::string mode;
  int code = SQLITE_OK;
  for (std::chrono::nanoseconds waited{}; waited <= setup.busy_timeout; waited += kPause) {
    const Permit permit(handle_);
    code = sqlite3_exec(handle_, sql, keep_first_column, &mode, nullptr);
    if ((code & 0xff) != SQLITE_BUSY) break;
    sqlite3_sleep(static_cast<int>(kPause.count()));
  }
  if (code != SQLITE_OK) return failure(code);
  if (mode == "wal") return {};
  return {Code::failed_precondition, "sqlite: " + path_ +
                                         (setup.create ? ": a write-ahead log is not possible here"
                                                       : ": there is no store in this database") +
                                         " (journal_mode is " + mode + ")"};
}

Database::~Database() {
  // Others may have it open, too, and a handler that is late may still hold statements.
  sqlite3_close_v2(handle_);
}

Status Database::execute(const char* sql) {
  const Permit permit(handle_);
  const int code = sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status() : failure(code);
}

Status Database::commit() { return execute("COMMIT"); }

void Database::rollback() {
  if (in_transaction()) (void)execute("ROLLBACK");
}

Status Database::failure(int code) {
  switch (code & 0xff) {
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
    case SQLITE_MISUSE:
      damaged_ = true;
      break;
    default:
      break;
  }
  std::string text = "sqlite: " + path_ + ": " + sqlite3_errstr(code);
  const char* detail = handle_ != nullptr ? sqlite3_errmsg(handle_) : nullptr;
  if (detail != nullptr && std::string_view(detail) != sqlite3_errstr(code)) {
    text.append(": ").append(detail);
  }
  const int system = handle_ != nullptr && damaged_ ? sqlite3_system_errno(handle_) : 0;
  if (system != 0) text.append(" (").append(std::strerror(system)).append(")");
  return {Code::unavailable, std::move(text)};
}

bool Database::breaks_foreign_keys() {
  int open = 0;
  int highest = 0;
  sqlite3_db_status(handle_, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &highest, 0);
  return open != 0;
}

bool Database::in_place() {
  int moved = 0;
  const int code = sqlite3_file_control(handle_, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  if (code != SQLITE_OK || moved == 0) return true;
  // Closing would remove the log by its name, which may be another database's by now.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return false;
}

void Database::take_back() {
  for (sqlite3_stmt* each = sqlite3_next_stmt(handle_, nullptr); each != nullptr;
       each = sqlite3_next_stmt(handle_, each)) {
    if (sqlite3_stmt_busy(each) != 0) sqlite3_reset(each);
  }
}

bool Database::has_busy_statement() {
  for (sqlite3_stmt* each = sqlite3_next_stmt(handle_, nullptr); each != nullptr;
       each = sqlite3_next_stmt(handle_, each)) {
    if (sqlite3_stmt_busy(each) != 0) return true;
  }
  return false;
}

bool Database::take_away() {
  sqlite3_interrupt(handle_);
  lock_out(handle_);
  sqlite3_mutex* const mutex = sqlite3_db_mutex(handle_);
  sqlite3_mutex_enter(mutex);
  const bool idle = !has_busy_statement();
  if (idle) rollback();
  sqlite3_mutex_leave(mutex);
  // Checkpoints are for the connection that follows.
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return idle;
}

}  // namespace cpp_lite::sqlite
