#include "sqlite/scopes.h"

namespace cpp_lite::sqlite {

Scopes::Scopes(Database& database)
    : forget_(database, "DELETE FROM cpp_lite_scopes"),
      count_all_(database,
                 "INSERT INTO cpp_lite_scopes SELECT scope, count(*), sum(bytes)"
                 " FROM cpp_lite_records GROUP BY scope"),
      held_(database, "SELECT records, bytes FROM cpp_lite_scopes WHERE scope = ?"),
      add_(database,
           "INSERT INTO cpp_lite_scopes(scope, records, bytes) VALUES(?, ?, ?)"
           " ON CONFLICT(scope) DO UPDATE SET records = records + excluded.records,"
           " bytes = bytes + excluded.bytes"),
      add_for_record_(database,
                      "UPDATE cpp_lite_scopes SET records = records + ?, bytes = bytes + ?"
                      " WHERE scope = (SELECT scope FROM cpp_lite_records WHERE n = ?)") {}

Status Scopes::count_all() {
  if (Status status = Query(forget_).run(); !status.ok()) return status;
  return Query(count_all_).run();
}

Result<Holding> Scopes::held_by(const std::string& scope) {
  Query query(held_);
  query.bind(scope);
  if (query.next()) return Holding{query.integer(0), query.integer(1)};
  if (!query.status().ok()) return query.status();
  return Holding();
}

Status Scopes::add(const std::string& scope, const Holding& more) {
  Query query(add_);
  return query.bind(scope).bind(more.records).bind(more.bytes).run();
}

Status Scopes::add_for_record(std::int64_t n, const Holding& more) {
  Query query(add_for_record_);
  return query.bind(more.records).bind(more.bytes).bind(n).run();
}

}  // namespace cpp_lite::sqlite
