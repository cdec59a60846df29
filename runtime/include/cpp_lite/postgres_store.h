// The store of keyed executions for services that run as several processes, on several hosts:
// tables in a PostgreSQL database, which may also hold those of the application, so that an effect
// and its result are committed together. Component cpp_lite::postgres_store of the CMake package.
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

struct PostgresStoreOptions {
  // Where the tables cpp_lite_* are; empty: where the connection makes tables.
  std::string schema = {};
  // False: a database without these tables is an error.
  bool create = true;
  // SQL that makes the application's own tables, if they are not there; run at the first
  // connection.
  std::string application_schema = {};
  // How many transactions of handlers there may be at a time, each on a connection of its own. The
  // store has three more connections.
  std::size_t connections = 10;
  // How long an operation waits while another transaction is at work on its key: then it fails with
  // UNAVAILABLE, and a duplicate is told that the key is busy.
  std::chrono::nanoseconds lock_timeout = std::chrono::seconds(1);
  // How long the server may take to accept a connection, and to answer. After that the connection
  // is closed, and what was asked has failed.
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(3);
  std::chrono::nanoseconds answer_timeout = std::chrono::seconds(5);
  // Operations that may wait for a connection; beyond them they fail at once with UNAVAILABLE.
  std::size_t max_waiting = 10'000;
  // How often expired records are looked for; 0: never, purge() is called instead.
  std::chrono::nanoseconds purge_interval = std::chrono::minutes(1);
  LogFunction log = log_to_stderr();  // empty: silent; on threads of the store's
  // After each commit, on a thread of the store's: how many operations it made durable.
  std::function<void(std::size_t operations)> on_commit = {};
};

// The store in the database that `where` names: a URL (postgresql://...) or a connection string, as
// libpq has them. A first connection is made here; should that fail, check() says why and tries
// again. Threads of the store's own wait for the server: what is due at the same time is one
// transaction, and nothing waits for company.
//
// It is an idempotency::TransactionalStore. The handler of an open() has a connection for itself
// (PGconn*), in a transaction, until the end of its lease; then everything is taken back. It runs
// statements and savepoints of its own. It must not COMMIT or ROLLBACK: that is found out, but what
// it committed stays, so that the outcome of its call is unknown from then on. What it sets with
// SET and not SET LOCAL stays, too.
CPP_LITE_API std::shared_ptr<IdempotencyStore> postgres_store(std::string where,
                                                              PostgresStoreOptions options = {});

// For operators, `cpp-lite-keys` calls them. They connect on their own, and may block.
//
// A copy of a database is another store, and says so: clients must not take a call there whose
// outcome the original may know. Servers that use it fail until they are started again.
CPP_LITE_API Status postgres_new_id(const std::string& where, const std::string& schema = {});
// The server's clock is right, although it jumped: records expire again by it.
CPP_LITE_API Status postgres_confirm_clock(const std::string& where,
                                           const std::string& schema = {});

}  // namespace cpp_lite
