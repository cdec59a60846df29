#include "postgres/schema.h"

#include <array>
#include <span>
#include <utility>

#include "idempotency/random.h"

namespace cpp_lite::postgres {
namespace {

// A new release may add columns that the one before need not know: with a default, or NULL.
//
// Times are milliseconds since 1970 on the store's clock. record is as idempotency/record_codec.h
// writes it and the whole truth; the columns beside it are for finding, counting and for people.
// State: 1 in progress, 2 completed, 3 its outcome is unknown. purge_from: when it is expired;
// NULL: never. Text of callers is bytea, because it may be anything.
constexpr const char* kTables = R"(
CREATE TABLE @.cpp_lite_meta(
  one int PRIMARY KEY CHECK(one = 1),
  version int8 NOT NULL,
  readable_by int8 NOT NULL,
  store_id text NOT NULL,
  secret bytea NOT NULL,
  clock_time int8 NOT NULL DEFAULT 0,
  clock_doubt int8 NOT NULL DEFAULT 0,
  clock_epoch int8 NOT NULL DEFAULT 0
);
CREATE TABLE @.cpp_lite_records(
  id bytea PRIMARY KEY,
  state int8 NOT NULL,
  purge_from int8,
  bytes int8 NOT NULL,
  scope bytea NOT NULL,
  method bytea NOT NULL,
  "key" bytea NOT NULL,
  record bytea NOT NULL
);
CREATE INDEX cpp_lite_expiry ON @.cpp_lite_records(purge_from) WHERE purge_from IS NOT NULL;
CREATE INDEX cpp_lite_scopes ON @.cpp_lite_records(sha256(scope));
CREATE VIEW @.cpp_lite_readable AS SELECT
  encode(id, 'hex') AS id,
  CASE state WHEN 1 THEN 'in progress' WHEN 2 THEN 'completed' ELSE 'indeterminate' END AS state,
  encode(method, 'escape') AS method, encode(scope, 'escape') AS scope,
  encode("key", 'escape') AS "key", bytes, to_timestamp(purge_from / 1000.0) AS purge_from
FROM @.cpp_lite_records;
)";

// While tables are made and changed; nothing else locks this number.
constexpr const char* kLockSchema = "SELECT pg_advisory_xact_lock(7165916604736276837)";

constexpr std::string_view kMeta[] = {"version",    "readable_by", "store_id",   "secret",
                                      "clock_time", "clock_doubt", "clock_epoch"};
constexpr std::string_view kRecords[] = {"id",    "state",  "purge_from", "bytes",
                                         "scope", "method", "key",        "record"};

#define CPP_LITE_NOW "(extract(epoch FROM clock_timestamp()) * 1000)::int8"
#define CPP_LITE_NEW                                                                        \
  " FROM unnest($1::bytea[], $2::int8[], $3::int8[], $4::int8[], $5::bytea[], $6::bytea[]," \
  " $7::bytea[], $8::bytea[]) AS n(id, state, purge_from, bytes, scope, method, \"key\", record)"
#define CPP_LITE_NEVER "9223372036854775807"

// "@." stands for the schema.
std::string with_schema(std::string_view sql, const std::string& schema) {
  std::string text;
  for (const char c : sql) {
    if (c == '@') {
      text += schema;
    } else {
      text += c;
    }
  }
  return text;
}

Status refused(std::string why) {
  return {Code::failed_precondition, "postgresql: " + std::move(why)};
}

std::string quoted(const std::string& name) {
  std::string text = "\"";
  for (const char c : name) text.append(c == '"' ? 2 : 1, c);
  return text + "\"";
}

Status check_version(Connection& connection, const std::string& schema) {
  const std::string sql = with_schema("SELECT version, readable_by FROM @.cpp_lite_meta", schema);
  const Answers answers = connection.run({{sql}});
  if (!answers.status.ok()) return answers.status;
  const Rows& meta = answers.rows[0];
  if (meta.count() != 1) return refused("cpp_lite_meta is empty");
  if (meta.number(0, 1) <= kSchemaVersion) return {};
  return refused("the store is of a newer release: its schema has version " +
                 std::to_string(meta.number(0, 0)) + ", this release knows " +
                 std::to_string(kSchemaVersion));
}

bool has_columns(const Rows& found, std::string_view table,
                 std::span<const std::string_view> columns, std::string& missing) {
  for (const std::string_view column : columns) {
    bool there = false;
    for (int i = 0; i < found.count(); ++i) {
      there = there || (found.text(i, 0) == table && found.text(i, 1) == column);
    }
    if (there) continue;
    missing = std::string(table) + "." + std::string(column);
    return false;
  }
  return true;
}

// Whether our tables are there, all of them and as we know them.
Result<bool> tables_exist(Connection& connection, const std::string& schema_name,
                          const std::string& schema) {
  Values name;
  name.add_text(schema_name);
  const Answers answers = connection.run(
      {{"SELECT table_name::text, column_name::text FROM information_schema.columns"
        " WHERE table_schema = $1 AND table_name IN ('cpp_lite_meta', 'cpp_lite_records')",
        std::move(name)}});
  if (!answers.status.ok()) return answers.status;
  const Rows& found = answers.rows[0];
  if (found.count() == 0) return false;
  std::string missing;
  constexpr std::string_view kVersions[] = {"version", "readable_by"};
  if (has_columns(found, "cpp_lite_meta", kVersions, missing)) {
    // A newer release may have changed the tables, so its version comes first.
    if (Status status = check_version(connection, schema); !status.ok()) return status;
  }
  if (has_columns(found, "cpp_lite_meta", kMeta, missing) &&
      has_columns(found, "cpp_lite_records", kRecords, missing)) {
    return true;
  }
  return refused("the tables cpp_lite_* in " + schema +
                 " are not this library's, or not all of them: there is no " + missing);
}

Status make_tables(Connection& connection, const std::string& schema) {
  if (Status status = connection.execute(with_schema(kTables, schema)); !status.ok()) return status;
  const std::string sql = with_schema(
      "INSERT INTO @.cpp_lite_meta(one, version, readable_by, store_id, secret)"
      " VALUES(1, $1, $1, $2, $3)",
      schema);
  Values values;
  values.add(kSchemaVersion).add_text(idempotency::random_store_id());
  values.add(View(idempotency::random_secret()));
  return connection.run({{sql, std::move(values)}}).status;
}

// In a transaction that nobody else makes tables beside.
Status make_all(Connection& connection, const std::string& name, const SchemaOptions& options) {
  const std::string schema = quoted(name);
  if (options.create && !options.schema.empty()) {
    Status status = connection.execute("CREATE SCHEMA IF NOT EXISTS " + schema);
    if (!status.ok()) return status;
  }
  const Result<bool> exist = tables_exist(connection, name, schema);
  if (!exist.ok()) return exist.status();
  if (!*exist && !options.create) return refused("there is no store in the schema " + schema);
  if (!*exist) {
    if (Status status = make_tables(connection, schema); !status.ok()) return status;
  }
  if (options.application_schema.empty()) return {};
  return connection.execute(options.application_schema);
}

Result<std::string> schema_of(Connection& connection, const SchemaOptions& options) {
  if (!options.schema.empty()) return options.schema;
  const Answers answers = connection.run({{"SELECT current_schema()::text"}});
  if (!answers.status.ok()) return answers.status;
  if (answers.rows[0].is_null(0, 0)) {
    return refused("no schema of search_path exists: name one in PostgresStoreOptions::schema");
  }
  return answers.rows[0].text(0, 0);
}

}  // namespace

Statements::Statements(const std::string& in) : schema(in) {
  const auto sql = [&](std::string_view text) { return with_schema(text, schema); };
  identity = sql("SELECT store_id, secret FROM @.cpp_lite_meta");
  meta = sql("SELECT store_id, " CPP_LITE_NOW
             ", clock_time, clock_doubt, clock_epoch FROM @.cpp_lite_meta");
  // Only what this transaction has the lock of is locked as a row: others would make it wait.
  lock =
      sql("SELECT r.id, r.record FROM unnest($1::bytea[], $2::int8[]) AS w(id, k)"
          " JOIN @.cpp_lite_records r ON r.id = w.id WHERE pg_try_advisory_xact_lock(w.k)"
          " FOR UPDATE OF r");
  read = sql("SELECT id, record FROM @.cpp_lite_records WHERE id = ANY($1::bytea[])");
  count =
      sql("SELECT w.n, count(*)::int8, sum(r.bytes)::int8"
          " FROM unnest($1::bytea[]) WITH ORDINALITY AS w(scope, n)"
          " JOIN @.cpp_lite_records r ON sha256(r.scope) = sha256(w.scope)"
          " WHERE r.purge_from IS NULL OR r.purge_from > $2 GROUP BY w.n");
  insert = sql(
      "INSERT INTO @.cpp_lite_records(id, state, purge_from, bytes, scope, method, \"key\", record)"
      " SELECT id, state, NULLIF(purge_from, " CPP_LITE_NEVER
      "), bytes, scope, method, \"key\", record" CPP_LITE_NEW);
  update =
      sql("UPDATE @.cpp_lite_records r SET state = n.state,"
          " purge_from = NULLIF(n.purge_from, " CPP_LITE_NEVER
          "), bytes = n.bytes, scope = n.scope,"
          " method = n.method, \"key\" = n.\"key\", record = n.record" CPP_LITE_NEW
          " WHERE r.id = n.id");
  remove = sql("DELETE FROM @.cpp_lite_records WHERE id = ANY($1::bytea[])");
  list =
      sql("SELECT id, record FROM @.cpp_lite_records WHERE id > $1 AND ($2 = 0 OR state = $2)"
          " ORDER BY id LIMIT $3");
  purge =
      sql("DELETE FROM @.cpp_lite_records WHERE id IN (SELECT id FROM @.cpp_lite_records"
          " WHERE purge_from <= $1 ORDER BY purge_from LIMIT $2 FOR UPDATE SKIP LOCKED)");
  write_clock =
      sql("UPDATE @.cpp_lite_meta SET clock_time = $1, clock_doubt = $2 WHERE clock_epoch = $3"
          " AND (clock_time < $1 OR clock_doubt <> $2)");
  confirm_clock = sql("UPDATE @.cpp_lite_meta SET clock_time = " CPP_LITE_NOW
                      ", clock_doubt = 0, clock_epoch = clock_epoch + 1");
  write_id = sql("UPDATE @.cpp_lite_meta SET store_id = $1");
}

Result<Known> open_schema(Connection& connection, const SchemaOptions& options) {
  auto name = schema_of(connection, options);
  if (!name.ok()) return name.status();
  const Answers begun = connection.run({{"BEGIN"}, {kLockSchema}});
  Status status = begun.status;
  if (status.ok()) status = make_all(connection, *name, options);
  if (status.ok()) status = connection.run({{"COMMIT"}}).status;
  if (!status.ok()) {
    (void)connection.rollback();
    return status;
  }
  Statements statements(quoted(*name));
  Identity identity;
  const Answers answers = connection.run({{statements.identity}});
  if (!answers.status.ok()) return answers.status;
  const Rows& found = answers.rows[0];
  if (found.count() != 1 || !found.read(0, 1, identity.secret)) {
    return refused("cpp_lite_meta is damaged");
  }
  identity.id = found.text(0, 0);
  return Known{std::move(identity), std::move(statements)};
}

}  // namespace cpp_lite::postgres
