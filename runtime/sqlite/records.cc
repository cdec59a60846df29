#include "sqlite/records.h"

#include <algorithm>
#include <string>
#include <utility>

#include "idempotency/clock.h"
#include "idempotency/record_codec.h"

namespace cpp_lite::sqlite {
namespace {

// The columns of a record, in the order in which read_state() and read_result() take them.
#define CPP_LITE_STATE                                                                             \
  "state, token, attempt, first_begin, lease_until, since, expires_at, ttl, rerun_until, expires," \
  " fp_algorithm, fp_reduced, fp_full, fp_excluded, owner_host, owner_pid, owner_started, bytes"
constexpr int kStateColumns = 18;
#define CPP_LITE_RESULT "code, tombstone, message, details, trailers, body"
constexpr int kResultColumns = 6;

constexpr const char* kFind = "SELECT " CPP_LITE_STATE ", n FROM cpp_lite_records WHERE id = ?";
constexpr const char* kResult = "SELECT " CPP_LITE_RESULT " FROM cpp_lite_records WHERE n = ?";
constexpr const char* kInsert =
    "INSERT INTO cpp_lite_records(" CPP_LITE_STATE
    ", id, purge_from, method, scope, \"key\", " CPP_LITE_RESULT
    ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO "
    "NOTHING";
constexpr const char* kUpdate =
    "UPDATE cpp_lite_records SET state=?, token=?, attempt=?, lease_until=?, since=?, expires_at=?,"
    " ttl=?, rerun_until=?, expires=?, owner_host=?, owner_pid=?, owner_started=?, bytes=?,"
    " purge_from=?, code=?, tombstone=?, message=?, details=?, trailers=?, body=? WHERE n=?";
constexpr const char* kList = "SELECT " CPP_LITE_STATE ", " CPP_LITE_RESULT
                              ", id, method, scope, \"key\" FROM cpp_lite_records"
                              " WHERE id > ? AND (? = 0 OR state = ?) ORDER BY id LIMIT ?";
constexpr const char* kPurgeable =
    "SELECT id FROM cpp_lite_records WHERE purge_from <= ? ORDER BY purge_from LIMIT ?";

#undef CPP_LITE_STATE
#undef CPP_LITE_RESULT

using idempotency::kSuspended;

Time time_of(std::int64_t value) { return Time(Milliseconds(value)); }

Status damaged_row(const Database& database) {
  return {Code::data_loss, "sqlite: " + database.path() +
                               ": a row of cpp_lite_records is not as this store writes it"};
}

// When state.h's expired() begins to hold, if nothing happens.
std::optional<Time> expired_from(const Record& record, Time expires_at) {
  if (record.state == State::completed) return expires_at;
  if (record.state != State::in_progress || !record.expires) return std::nullopt;
  return std::max(expires_at, record.lease_until);
}

bool read_state(const Query& query, Record& record, std::int64_t& bytes) {
  const std::int64_t state = query.integer(0);
  if (state < 1 || state > 3) return false;
  record.state = static_cast<State>(state);
  record.attempt = static_cast<std::uint32_t>(query.integer(2));
  record.first_begin = time_of(query.integer(3));
  record.lease_until = time_of(query.integer(4));
  record.since = time_of(query.integer(5));
  record.expires_at = time_of(query.integer(6));
  record.ttl = Milliseconds(query.integer(7));
  record.rerun_until = Milliseconds(query.integer(8));
  record.expires = query.integer(9) != 0;
  record.fingerprint.algorithm = static_cast<std::uint32_t>(query.integer(10));
  record.owner = {query.text(14), query.integer(15), time_of(query.integer(16))};
  bytes = query.integer(17);
  return query.read(1, record.token) && query.read(11, record.fingerprint.reduced) &&
         query.read(12, record.fingerprint.full) && query.read(13, record.fingerprint.excluded);
}

bool read_result_from(const Query& query, int first, StoredResult& result) {
  result.code = static_cast<Code>(query.integer(first));
  result.tombstone = query.integer(first + 1) != 0;
  result.message = query.text(first + 2);
  result.details = query.text(first + 3);
  result.body = query.blob(first + 5);
  if (query.is_null(first + 4)) return true;
  auto trailers = idempotency::decode_result(query.blob(first + 4));
  if (!trailers) return false;
  result.trailers = std::move(trailers->trailers);
  return true;
}

std::span<const std::uint8_t> as_blob(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// None: no bytes.
Bytes encode_trailers(const StoredResult& result) {
  if (result.trailers.empty()) return {};
  StoredResult only;
  only.trailers = result.trailers;
  return idempotency::encode(only);
}

void bind_time_or_null(Query& query, std::optional<Time> time) {
  time ? query.bind(*time) : query.bind_null();
}

void bind_result(Query& query, const Record& record, const Bytes& trailers) {
  if (record.state != State::completed) {
    for (int i = 0; i < kResultColumns; ++i) query.bind_null();
    return;
  }
  const StoredResult& result = record.result;
  query.bind(static_cast<std::int64_t>(result.code)).bind(result.tombstone);
  query.bind(result.message).bind(as_blob(result.details));
  trailers.empty() ? query.bind_null() : query.bind(trailers);
  query.bind(result.body);
}

}  // namespace

std::int64_t bytes_gained(const Record& before, const Record& after) {
  const auto held = [](const Record& record) {
    return static_cast<std::int64_t>(idempotency::bytes_held(record));
  };
  return held(after) - held(before);
}

Records::Records(Database& database)
    : database_(database),
      find_(database, kFind),
      result_(database, kResult),
      insert_(database, kInsert),
      update_(database, kUpdate),
      remove_(database, "DELETE FROM cpp_lite_records WHERE n = ?"),
      list_(database, kList),
      purgeable_(database, kPurgeable) {}

void judge(Row& row, Time now, bool may_expire) {
  row.record.expires_at = may_expire ? row.expires_at : kSuspended;
  row.expired = idempotency::expired(row.record, now);
}

Result<std::optional<Row>> Records::find(const Id& id, Want want) {
  Row row;
  {
    Query query(find_);
    query.bind(id);
    if (!query.next()) {
      if (!query.status().ok()) return query.status();
      return std::optional<Row>();
    }
    row.n = query.integer(kStateColumns);
    if (!read_state(query, row.record, row.bytes)) return damaged_row(database_);
  }
  row.expires_at = row.record.expires_at;
  if (want == Want::result && row.record.state == State::completed) {
    if (Status status = read_result(row.n, row.record.result); !status.ok()) return status;
  }
  return std::optional<Row>(std::move(row));
}

Status Records::read_result(std::int64_t n, StoredResult& to) {
  Query query(result_);
  query.bind(n);
  if (!query.next()) return query.status().ok() ? damaged_row(database_) : query.status();
  return read_result_from(query, 0, to) ? Status() : damaged_row(database_);
}

Result<std::optional<Row>> Records::insert(const Id& id, Record record) {
  Row row;
  row.expires_at = record.expires_at;
  row.bytes = static_cast<std::int64_t>(idempotency::bytes_held(record));
  const Bytes trailers = encode_trailers(record.result);
  Query query(insert_);
  query.bind(static_cast<std::int64_t>(record.state)).bind(record.token).bind(record.attempt);
  query.bind(record.first_begin).bind(record.lease_until).bind(record.since);
  query.bind(record.expires_at).bind(record.ttl).bind(record.rerun_until).bind(record.expires);
  query.bind(record.fingerprint.algorithm).bind(record.fingerprint.reduced);
  query.bind(record.fingerprint.full).bind(record.fingerprint.excluded);
  query.bind(record.owner.host).bind(record.owner.pid).bind(record.owner.started);
  query.bind(row.bytes).bind(id);
  bind_time_or_null(query, expired_from(record, record.expires_at));
  query.bind(record.label.method).bind(record.label.scope).bind(record.label.key);
  bind_result(query, record, trailers);
  if (Status status = query.run(); !status.ok()) return status;
  if (sqlite3_changes(database_.handle()) == 0) return std::optional<Row>();
  row.n = sqlite3_last_insert_rowid(database_.handle());
  record.label = {};
  row.record = std::move(record);
  return std::optional<Row>(std::move(row));
}

Status Records::update(const Row& before, const Record& record) {
  const Time expires_at = record.expires_at == kSuspended ? before.expires_at : record.expires_at;
  const Bytes trailers = encode_trailers(record.result);
  Query query(update_);
  query.bind(static_cast<std::int64_t>(record.state)).bind(record.token).bind(record.attempt);
  query.bind(record.lease_until).bind(record.since).bind(expires_at).bind(record.ttl);
  query.bind(record.rerun_until).bind(record.expires);
  query.bind(record.owner.host).bind(record.owner.pid).bind(record.owner.started);
  query.bind(before.bytes + bytes_gained(before.record, record));
  bind_time_or_null(query, expired_from(record, expires_at));
  bind_result(query, record, trailers);
  return query.bind(before.n).run();
}

Status Records::remove(const Row& row) {
  Query query(remove_);
  return query.bind(row.n).run();
}

Result<std::vector<Entry>> Records::list(std::optional<State> state, const std::optional<Id>& after,
                                         std::size_t max) {
  const std::int64_t only = state ? static_cast<std::int64_t>(*state) : 0;
  const Bytes from = after ? Bytes(after->begin(), after->end()) : Bytes();
  Query query(list_);
  query.bind(from).bind(only).bind(only).bind(static_cast<std::int64_t>(max));
  std::vector<Entry> entries;
  while (query.next()) {
    constexpr int kId = kStateColumns + kResultColumns;
    Record record;
    Id id;
    std::int64_t bytes = 0;
    if (!query.read(kId, id) || !read_state(query, record, bytes) ||
        !read_result_from(query, kStateColumns, record.result)) {
      return damaged_row(database_);
    }
    record.label = {query.text(kId + 1), query.text(kId + 2), query.text(kId + 3)};
    entries.push_back(idempotency::entry_of(id, record));
  }
  if (!query.status().ok()) return query.status();
  return entries;
}

Result<std::vector<Id>> Records::purgeable(Time now, std::size_t max) {
  Query query(purgeable_);
  query.bind(now).bind(static_cast<std::int64_t>(max));
  std::vector<Id> ids;
  while (query.next()) {
    Id id;
    if (!query.read(0, id)) return damaged_row(database_);
    ids.push_back(id);
  }
  if (!query.status().ok()) return query.status();
  return ids;
}

}  // namespace cpp_lite::sqlite
