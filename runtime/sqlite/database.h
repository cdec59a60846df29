// One connection to an SQLite database, which may be lent to a handler and is still ours to commit.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>

namespace cpp_lite::sqlite {

struct Setup {
  bool create = true;
  std::chrono::nanoseconds busy_timeout = std::chrono::seconds(1);
  // For tests.
  const char* vfs = nullptr;
  bool synchronous = true;
  int max_pages = 0;  // 0: no bound
};

// Used by one thread at a time, the writer's or that of the handler to whom it is lent; but
// take_away() is called while the handler runs. Held by both. Guarded: what is not in a Permit
// commits nothing.
class Database {
 public:
  static Result<std::shared_ptr<Database>> open(const std::string& path, const Setup& setup);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  sqlite3* handle() { return handle_; }
  const std::string& path() const { return path_; }

  Status execute(const char* sql);  // one or more statements without results
  // That a commit waits for the disk; so is it when it was opened. What the application ran since
  // may have changed it.
  Status be_synchronous(const Setup& setup);
  Status commit();
  void rollback();
  bool in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

  // What SQLite says about the call that returned `code`, as UNAVAILABLE.
  Status failure(int code);
  // Something happened after which the connection is better opened anew.
  bool damaged() const { return damaged_; }
  // Whether the path still leads to the open file; else what is committed would be lost.
  bool in_place();

  // The open transaction cannot be committed as it is.
  bool breaks_foreign_keys();

  // From a handler that is done: ends the statements that it left open.
  void take_back();
  // From a handler that is not: what it is doing on the connection ends with an error, what it will
  // do does, too, and nothing of it lasts. False: it holds a statement, whose memory it may be
  // reading; to be tried again.
  bool take_away();

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}
  Status connect(const Setup& setup);
  Status configure(const Setup& setup);
  bool has_busy_statement();
  Status use_wal(const Setup& setup);

  const std::string path_;
  sqlite3* handle_ = nullptr;
  bool damaged_ = false;
};

}  // namespace cpp_lite::sqlite
