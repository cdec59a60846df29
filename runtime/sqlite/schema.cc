#include "sqlite/schema.h"

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "idempotency/random.h"
#include "sqlite/statement.h"

namespace cpp_lite::sqlite {
namespace {

// A new release may add columns that the one before need not know: with a default, or NULL.
//
// Times are milliseconds since 1970 on the store's clock. State: 1 in progress, 2 completed, 3 its
// outcome is unknown. purge_from: when the record is expired; NULL: never. bytes: what it counts in
// its scope's quota. head: sqlite/head.h. extra: details, trailers, and whether the result was
// kept, as of idempotency/record_codec.h; NULL: nothing of these. What no statement asks for shares
// a column: each one costs its share of every write.
// What is asked for again and again, by those who watch a service, is what is unknown: it has an
// index.
//
// Ids are random, so that a table in their order would have a page written for each row; by n, what
// is begun together lies together.
constexpr const char* kTables = R"(
CREATE TABLE cpp_lite_meta(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  version INTEGER NOT NULL,
  readable_by INTEGER NOT NULL,
  store_id TEXT NOT NULL,
  secret BLOB NOT NULL,
  clock_time INTEGER NOT NULL DEFAULT 0,
  clock_steady INTEGER NOT NULL DEFAULT 0,
  clock_boot TEXT NOT NULL DEFAULT '',
  clock_offset INTEGER NOT NULL DEFAULT 0,
  quotas INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE cpp_lite_records(
  n INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  state INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  first_begin INTEGER NOT NULL,
  lease_until INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  purge_from INTEGER,
  bytes INTEGER NOT NULL,
  head BLOB NOT NULL,
  owner TEXT NOT NULL,
  method TEXT NOT NULL,
  scope TEXT NOT NULL,
  "key" TEXT NOT NULL,
  code INTEGER,
  message TEXT,
  body BLOB,
  extra BLOB
);
CREATE INDEX cpp_lite_expiry ON cpp_lite_records(purge_from) WHERE purge_from IS NOT NULL;
CREATE INDEX cpp_lite_unknown ON cpp_lite_records(id) WHERE state = 3;
CREATE TABLE cpp_lite_scopes(
  scope TEXT PRIMARY KEY,
  records INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) WITHOUT ROWID;
CREATE VIEW cpp_lite_readable AS SELECT
  lower(hex(id)) AS id,
  CASE state WHEN 1 THEN 'in progress' WHEN 2 THEN 'completed' ELSE 'indeterminate' END AS state,
  method, scope, "key", attempt, code, message,
  datetime(first_begin / 1000, 'unixepoch') AS first_begin,
  datetime(lease_until / 1000, 'unixepoch') AS lease_until,
  datetime(purge_from / 1000, 'unixepoch') AS purge_from,
  substr(owner, 1, instr(owner, ' ') - 1) AS owner_host,
  CAST(substr(owner, instr(owner, ' ') + 1) AS INTEGER) AS owner_pid
FROM cpp_lite_records;
)";

constexpr int kOldestVersion = 2;  // that is used by this release

struct Table {
  const char* name;
  std::span<const std::string_view> columns;
};

constexpr std::string_view kMeta[] = {"version",    "readable_by",  "store_id",
                                      "secret",     "clock_time",   "clock_steady",
                                      "clock_boot", "clock_offset", "quotas"};
constexpr std::string_view kRecords[] = {
    "n",          "id",         "state", "attempt", "first_begin", "lease_until",
    "expires_at", "purge_from", "bytes", "head",    "owner",       "method",
    "scope",      "key",        "code",  "message", "body",        "extra"};
constexpr std::string_view kScopes[] = {"scope", "records", "bytes"};
constexpr Table kAll[] = {
    {"cpp_lite_meta", kMeta}, {"cpp_lite_records", kRecords}, {"cpp_lite_scopes", kScopes}};

Status refused(const Database& database, const std::string& why) {
  return {Code::failed_precondition, "sqlite: " + database.path() + ": " + why};
}

// The columns of a table; none: it is not there.
Result<std::set<std::string>> columns_of(Database& database, const char* table) {
  Statement statement(database, "SELECT name FROM pragma_table_info(?)");
  Query query(statement);
  query.bind(std::string_view(table));
  std::set<std::string> found;
  while (query.next()) found.insert(query.text(0));
  if (!query.status().ok()) return query.status();
  return found;
}

// Whether our tables are there, all of them and as we know them.
Result<bool> tables_exist(Database& database) {
  std::size_t there = 0;
  for (const Table& table : kAll) {
    const auto found = columns_of(database, table.name);
    if (!found.ok()) return found.status();
    if (found->empty()) continue;
    ++there;
    for (const std::string_view column : table.columns) {
      if (found->contains(std::string(column))) continue;
      return refused(database, std::string("the table ") + table.name +
                                   " is not this library's: it has no column " +
                                   std::string(column));
    }
  }
  if (there == 0 || there == std::size(kAll)) return there != 0;
  return refused(database, "some of the store's tables are missing");
}

Status make_tables(Database& database) {
  if (Status status = database.execute(kTables); !status.ok()) return status;
  const std::string id = idempotency::random_store_id();
  const idempotency::Digest secret = idempotency::random_secret();
  Statement statement(database,
                      "INSERT INTO cpp_lite_meta(one, version, readable_by, store_id, secret)"
                      " VALUES(1, ?, ?, ?, ?)");
  Query query(statement);
  query.bind(kSchemaVersion).bind(kSchemaVersion).bind(id).bind(secret);
  return query.run();
}

Status check_version(Database& database) {
  Statement statement(database, "SELECT version, readable_by FROM cpp_lite_meta");
  Query query(statement);
  if (!query.next()) {
    return query.status().ok() ? refused(database, "cpp_lite_meta is empty") : query.status();
  }
  if (query.integer(0) < kOldestVersion) {
    return refused(database, "its schema has version " + std::to_string(query.integer(0)) +
                                 ", of before the first release: start with a new database");
  }
  if (query.integer(1) <= kSchemaVersion) return {};
  return refused(database, "the store is of a newer release: its schema has version " +
                               std::to_string(query.integer(0)) + ", this release knows " +
                               std::to_string(kSchemaVersion));
}

// Whether the tables are there; an error: some are, but not for us.
Result<bool> inspect(Database& database) {
  // A newer release may have changed the tables, so its version comes first.
  const auto meta = columns_of(database, "cpp_lite_meta");
  if (!meta.ok()) return meta.status();
  if (meta->contains("readable_by") && meta->contains("version")) {
    if (Status status = check_version(database); !status.ok()) return status;
  }
  return tables_exist(database);
}

Status make_in_transaction(Database& database) {
  const Result<bool> exist = inspect(database);  // again: another process may have made them
  if (!exist.ok()) return exist.status();
  if (!*exist) {
    if (Status status = make_tables(database); !status.ok()) return status;
  }
  return database.commit();
}

}  // namespace

Status prepare_schema(Database& database, bool may_create) {
  const Result<bool> exist = inspect(database);
  if (!exist.ok() || *exist) return exist.status();
  if (!may_create) return refused(database, "there is no store in this database");
  if (Status status = database.execute("BEGIN IMMEDIATE"); !status.ok()) return status;
  Status status = make_in_transaction(database);
  database.rollback();
  return status;
}

}  // namespace cpp_lite::sqlite
