#include "stores.h"

#include <utility>

#include "memory_ledger.h"
#if PAYMENTS_REDIS
#include <cpp_lite/redis_store.h>
#endif
#if PAYMENTS_SQLITE
#include <cpp_lite/sqlite_store.h>

#include "sqlite_ledger.h"
#endif
#if PAYMENTS_POSTGRES
#include <cpp_lite/postgres_store.h>

#include "postgres_ledger.h"
#endif

namespace payments {
namespace {

Stores in_memory() {
  return {.keys = cpp_lite::memory_store(),
          .ledger = std::make_unique<MemoryLedger>(),
          .caveat = "keys and charges are in memory, and end with it"};
}

#if PAYMENTS_REDIS
Stores in_redis(const std::string& address) {
  return {.keys = cpp_lite::redis_store(address, {.require_persistence = false}),
          .ledger = std::make_unique<MemoryLedger>(),
          .caveat =
              "keys are in Redis, which may forget them: a charge may then be made twice; "
              "charges are in memory, and end with it; no transaction joins the two: the "
              "outcome of a charge that is cut short is unknown"};
}
#endif

#if PAYMENTS_SQLITE
Stores in_sqlite(const std::string& path) {
  auto keys = cpp_lite::sqlite_store(path, {.application_schema = SqliteLedger::schema()});
  return {std::move(keys), std::make_unique<SqliteLedger>(path)};
}
#endif

#if PAYMENTS_POSTGRES
Stores in_postgres(const std::string& url) {
  auto keys = cpp_lite::postgres_store(url, {.application_schema = PostgresLedger::schema()});
  return {std::move(keys), std::make_unique<PostgresLedger>(url)};
}
#endif

}  // namespace

cpp_lite::Result<Stores> make_stores(const std::string& name) {
  if (name == "memory") return in_memory();
#if PAYMENTS_SQLITE
  const std::string sqlite = "sqlite:";
  if (name.starts_with(sqlite) && name != sqlite) return in_sqlite(name.substr(sqlite.size()));
#endif
#if PAYMENTS_POSTGRES
  if (name.starts_with("postgresql:")) return in_postgres(name);
#endif
#if PAYMENTS_REDIS
  if (name.starts_with("redis:")) return in_redis(name);
#endif
  return cpp_lite::Status(
      cpp_lite::Code::invalid_argument,
      "no such store: \"" + name +
          "\"; memory, sqlite:FILE, postgresql://HOST/DATABASE or redis://HOST:PORT");
}

// The .proto declares charges TRANSACTIONAL, for a store in a durable database. Elsewhere they run,
// too, but the server has to say that it knows.
cpp_lite::ServerOptions server_options(const Stores& stores) {
  const bool less = !stores.caveat.empty();
  return {.idempotency = stores.keys,
          .anonymous_scope = "payments",  // a real service would say who calls: .principal
          .keyed = {.allow_volatile_store = less, .allow_untransactional_store = less}};
}

}  // namespace payments
