#include "soak/database.h"

#include <cpp_lite/postgres_store.h>
#include <cpp_lite/sqlite_store.h>
#include <libpq-fe.h>
#include <sqlite3.h>

#include <cstdlib>

namespace soak {
namespace {

using namespace std::chrono_literals;

constexpr const char* kTable = "CREATE TABLE IF NOT EXISTS soak_effects(number INTEGER NOT NULL)";
constexpr const char* kCount = "SELECT number, count(*) FROM soak_effects GROUP BY number";

bool is_sqlite(const std::string& where) { return where.starts_with("sqlite:"); }
std::string file_of(const std::string& where) { return where.substr(7); }

int add_row(void* effects, int, char** columns, char**) {
  (*static_cast<std::map<int, int>*>(effects))[std::atoi(columns[0])] = std::atoi(columns[1]);
  return 0;
}

}  // namespace

std::shared_ptr<Store> open_store(const std::string& where) {
  std::shared_ptr<cpp_lite::IdempotencyStore> store;
  if (is_sqlite(where)) {
    store = cpp_lite::sqlite_store(file_of(where),
                                   {.application_schema = kTable, .busy_timeout = 5s, .log = {}});
  } else {
    store = cpp_lite::postgres_store(where, {.application_schema = kTable, .log = {}});
  }
  return std::static_pointer_cast<Store>(store);
}

bool add_effect(std::string_view kind, void* transaction, int key) {
  const std::string sql = "INSERT INTO soak_effects VALUES(" + std::to_string(key) + ")";
  if (kind == "sqlite") {
    return sqlite3_exec(static_cast<sqlite3*>(transaction), sql.c_str(), nullptr, nullptr,
                        nullptr) == SQLITE_OK;
  }
  PGresult* const result = PQexec(static_cast<PGconn*>(transaction), sql.c_str());
  const bool added = PQresultStatus(result) == PGRES_COMMAND_OK;
  PQclear(result);
  return added;
}

std::map<int, int> count_effects(const std::string& where) {
  std::map<int, int> effects;
  if (is_sqlite(where)) {
    sqlite3* database = nullptr;
    if (sqlite3_open(file_of(where).c_str(), &database) == SQLITE_OK) {
      sqlite3_exec(database, kCount, add_row, &effects, nullptr);
    }
    sqlite3_close(database);
    return effects;
  }
  PGconn* const connection = PQconnectdb(where.c_str());
  PGresult* const rows = PQexec(connection, kCount);
  for (int i = 0; i < PQntuples(rows); ++i) {
    effects[std::atoi(PQgetvalue(rows, i, 0))] = std::atoi(PQgetvalue(rows, i, 1));
  }
  PQclear(rows);
  PQfinish(connection);
  return effects;
}

}  // namespace soak
