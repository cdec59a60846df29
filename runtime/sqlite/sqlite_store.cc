#include <cpp_lite/sqlite_store.h>

#include <memory>
#include <string>
#include <utility>

#include "sqlite/session.h"
#include "sqlite/store.h"

namespace cpp_lite {

std::shared_ptr<IdempotencyStore> sqlite_store(std::string path, SqliteStoreOptions options) {
  sqlite::WriterOptions writer;
  writer.path = std::move(path);
  writer.setup.create = options.create;
  writer.setup.busy_timeout = options.busy_timeout;
  writer.application_schema = std::move(options.application_schema);
  writer.max_waiting = options.max_waiting;
  writer.purge_interval = options.purge_interval;
  writer.log = std::move(options.log);
  writer.on_commit = std::move(options.on_commit);
  return sqlite::make_store(std::move(writer), options.trust_file_system);
}

namespace {

// Not as part of a store, which would have a thread.
Result<std::unique_ptr<sqlite::Session>> open_existing(const std::string& path,
                                                       idempotency::StoreClock& clock) {
  sqlite::Setup setup;
  setup.create = false;
  return sqlite::Session::open(path, setup, {}, clock);
}

}  // namespace

Status sqlite_new_id(const std::string& path) {
  idempotency::StoreClock clock(idempotency::system_clocks());
  auto session = open_existing(path, clock);
  return session.ok() ? (*session)->renew_id() : session.status();
}

Status sqlite_confirm_clock(const std::string& path) {
  idempotency::StoreClock clock(idempotency::system_clocks());
  auto session = open_existing(path, clock);
  return session.ok() ? (*session)->confirm_clock() : session.status();
}

}  // namespace cpp_lite
