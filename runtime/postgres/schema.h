// The store's tables, and the statements on them, which name the schema that they are in.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <string>

#include "postgres/connection.h"

namespace cpp_lite::postgres {

inline constexpr std::int64_t kSchemaVersion = 1;

struct Identity {
  std::string id;
  idempotency::Digest secret{};
};

// All with values as values.h writes them. "Where": a pair of arrays, ids and their lock keys.
struct Statements {
  explicit Statements(const std::string& schema);

  // Where the store is, quoted.
  std::string schema;
  std::string identity;  // store_id, secret
  std::string meta;      // store_id, the server's clock, clock_time, clock_doubt, clock_epoch
  std::string lock;      // of records: ids, keys -> id, record
  std::string read;      // ids -> id, record
  std::string count;     // scopes, now -> number of the scope (from 1), records, bytes
  std::string insert;    // eight arrays, as records.cc fills them
  std::string update;
  std::string remove;  // ids
  std::string list;    // after, state or 0, limit -> id, record
  std::string purge;   // now, limit
  std::string write_clock;
  std::string confirm_clock;
  std::string write_id;
};

// What a process knows of its store since it opened it first.
struct Known {
  Identity identity;
  Statements sql;
};

struct SchemaOptions {
  std::string schema;  // empty: where the connection makes tables
  bool create = true;
  std::string application_schema;  // SQL
};

// Finds the tables, or makes them. FAILED_PRECONDITION: they are not for this release.
Result<Known> open_schema(Connection& connection, const SchemaOptions& options);

}  // namespace cpp_lite::postgres
