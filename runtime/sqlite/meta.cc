#include "sqlite/meta.h"

#include <utility>

namespace cpp_lite::sqlite {
namespace {

Status damaged_meta(const Database& database) {
  return {Code::data_loss, "sqlite: " + database.path() + ": cpp_lite_meta is damaged"};
}

}  // namespace

Meta::Meta(Database& database)
    : database_(database),
      identity_(database, "SELECT store_id, secret FROM cpp_lite_meta"),
      read_(database,
            "SELECT store_id, clock_time, clock_steady, clock_boot, clock_offset, quotas"
            " FROM cpp_lite_meta"),
      data_version_(database, "PRAGMA data_version"),
      write_clock_(database,
                   "UPDATE cpp_lite_meta SET clock_time = ?, clock_steady = ?, clock_boot = ?,"
                   " clock_offset = ?"),
      write_id_(database, "UPDATE cpp_lite_meta SET store_id = ?"),
      keep_quotas_(database, "UPDATE cpp_lite_meta SET quotas = 1") {}

Result<Identity> Meta::identity() {
  Query query(identity_);
  Identity identity;
  if (!query.next()) return query.status().ok() ? damaged_meta(database_) : query.status();
  identity.id = query.text(0);
  if (identity.id.empty() || !query.read(1, identity.secret)) return damaged_meta(database_);
  return identity;
}

Result<MetaRow> Meta::read() {
  Query query(read_);
  if (!query.next()) return query.status().ok() ? damaged_meta(database_) : query.status();
  MetaRow row;
  row.store_id = query.text(0);
  row.clock = {Time(Milliseconds(query.integer(1))), Milliseconds(query.integer(2)), query.text(3),
               Milliseconds(query.integer(4))};
  row.quotas = query.integer(5) != 0;
  return row;
}

Result<std::int64_t> Meta::data_version() {
  Query query(data_version_);
  if (!query.next()) return query.status().ok() ? damaged_meta(database_) : query.status();
  return query.integer(0);
}

Status Meta::write_clock(const ClockState& clock) {
  Query query(write_clock_);
  return query.bind(clock.time).bind(clock.steady).bind(clock.boot).bind(clock.offset).run();
}

Status Meta::write_id(const std::string& id) {
  Query query(write_id_);
  return query.bind(id).run();
}

Status Meta::keep_quotas() { return Query(keep_quotas_).run(); }

}  // namespace cpp_lite::sqlite
