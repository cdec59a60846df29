// The embedded store of keyed executions: an SQLite database, which may also hold the tables of the
// application, so that an effect and its result are committed together. Component
// cpp_lite::sqlite_store of the CMake package.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace cpp_lite {

struct SqliteStoreOptions {
  // False: a database that is not there is an error.
  bool create = true;
  // SQL that makes the application's own tables, if they are not there; run at each opening.
  std::string application_schema = {};
  // How long an operation waits while another process writes; then it fails with UNAVAILABLE.
  std::chrono::nanoseconds busy_timeout = std::chrono::seconds(1);
  // Operations that may wait for the writer; beyond them they fail at once with UNAVAILABLE.
  std::size_t max_waiting = 10'000;
  // How often expired records are looked for; 0: never, purge() is called instead.
  std::chrono::nanoseconds purge_interval = std::chrono::minutes(1);
  // The database is on a disk of this machine although check() cannot see that (FUSE).
  bool trust_file_system = false;
  LogFunction log = log_to_stderr();  // empty: silent; on the store's thread
  // After each commit, on the store's thread: how many operations it made durable.
  std::function<void(std::size_t operations)> on_commit = {};
};

// The store in the database file `path`, which is opened here; should that fail, check() says why
// and tries again. A thread of the store's own does all the work: what is due at the same time is
// one transaction, and nothing waits for company. Processes of one host may share the file.
//
// It is an idempotency::TransactionalStore. While a transaction of open() is in the hands of its
// handler, other operations wait: the handler is to be brief, must not wait for this store, and
// has until the end of its lease; then everything is taken back, and whatever it still does with
// the connection comes to nothing. On the handle it runs statements and savepoints of its own, and
// finalizes them; BEGIN, COMMIT, ROLLBACK, ATTACH, and changes of the store's tables are refused.
// A handler whose transaction ends all the same, for example by ON CONFLICT ROLLBACK, takes the
// operations that share the transaction with it: they fail, as if the database had been gone.
CPP_LITE_API std::shared_ptr<IdempotencyStore> sqlite_store(std::string path,
                                                            SqliteStoreOptions options = {});

// For operators, `cpp-lite-keys` calls them. They open the database on their own, and may block.
//
// A copy of a database is another store, and says so: clients must not take a call there whose
// outcome the original may know. Servers that have it open fail until they are started again.
CPP_LITE_API Status sqlite_new_id(const std::string& path);
// The system's clock is right, although it jumped: records expire again by it.
CPP_LITE_API Status sqlite_confirm_clock(const std::string& path);

}  // namespace cpp_lite
