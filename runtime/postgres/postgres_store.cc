#include <cpp_lite/postgres_store.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "idempotency/random.h"
#include "postgres/context.h"
#include "postgres/store.h"

namespace cpp_lite {
namespace {

using postgres::Query;
using postgres::Values;

// One statement on an existing store.
Status change_meta(std::string where, std::string schema,
                   Query (*statement)(const postgres::Statements&)) {
  postgres::StoreOptions options;
  options.where = std::move(where);
  options.schema.schema = std::move(schema);
  options.schema.create = false;
  postgres::Context context(std::move(options));
  auto connection = context.connect();
  if (!connection.ok()) return connection.status();
  return (*connection)->run({statement(context.known()->sql)}).status;
}

}  // namespace

std::shared_ptr<IdempotencyStore> postgres_store(std::string where, PostgresStoreOptions options) {
  postgres::StoreOptions store;
  store.where = std::move(where);
  store.schema = {std::move(options.schema), options.create, std::move(options.application_schema)};
  store.timeouts = {options.connect_timeout, options.answer_timeout};
  store.lock_timeout = std::chrono::ceil<idempotency::Milliseconds>(options.lock_timeout);
  store.connections = std::max<std::size_t>(options.connections, 1);
  store.max_waiting = options.max_waiting;
  store.purge_interval = options.purge_interval;
  store.log = std::move(options.log);
  store.on_commit = std::move(options.on_commit);
  return postgres::make_store(std::move(store));
}

Status postgres_new_id(const std::string& where, const std::string& schema) {
  return change_meta(where, schema, [](const postgres::Statements& sql) {
    return Query{sql.write_id, Values().add_text(idempotency::random_store_id())};
  });
}

Status postgres_confirm_clock(const std::string& where, const std::string& schema) {
  return change_meta(where, schema,
                     [](const postgres::Statements& sql) { return Query{sql.confirm_clock}; });
}

}  // namespace cpp_lite
