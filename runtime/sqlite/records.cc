#include "sqlite/records.h"

#include <algorithm>
#include <string>
#include <utility>

#include "idempotency/clock.h"
#include "idempotency/record_codec.h"
#include "sqlite/head.h"

namespace cpp_lite::sqlite {
namespace {

// The columns of a record, in the order in which read_state() and read_result() take them.
#define CPP_LITE_STATE "state, attempt, first_begin, lease_until, expires_at, bytes, head, owner"
constexpr int kStateColumns = 8;
#define CPP_LITE_RESULT "code, message, body, extra"
constexpr int kResultColumns = 4;

constexpr const char* kFind = "SELECT " CPP_LITE_STATE ", n FROM cpp_lite_records WHERE id = ?";
constexpr const char* kResult = "SELECT " CPP_LITE_RESULT " FROM cpp_lite_records WHERE n = ?";
constexpr const char* kBegin =
    "INSERT INTO cpp_lite_records(" CPP_LITE_STATE
    ", id, purge_from, method, scope, \"key\") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT(id) DO NOTHING";
constexpr const char* kInsert =
    "INSERT INTO cpp_lite_records(" CPP_LITE_STATE
    ", id, purge_from, method, scope, \"key\", " CPP_LITE_RESULT
    ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING";
constexpr const char* kComplete =
    "UPDATE cpp_lite_records SET state=2, expires_at=?, bytes=?, purge_from=?, code=?, message=?,"
    " body=?, extra=? WHERE n=?";
constexpr const char* kUpdate =
    "UPDATE cpp_lite_records SET state=?, attempt=?, lease_until=?, head=?, owner=?, expires_at=?,"
    " bytes=?, purge_from=?, code=?, message=?, body=?, extra=? WHERE n=?";
#define CPP_LITE_LABEL "id, method, scope, \"key\""
#define CPP_LITE_LIST \
  "SELECT " CPP_LITE_STATE ", " CPP_LITE_RESULT ", " CPP_LITE_LABEL " FROM cpp_lite_records"
constexpr const char* kList =
    CPP_LITE_LIST " WHERE id > ? AND (? = 0 OR state = ?) ORDER BY id LIMIT ?";
constexpr const char* kUnknown = CPP_LITE_LIST " WHERE id > ? AND state = 3 ORDER BY id LIMIT ?";
constexpr const char* kPurgeable =
    "SELECT id FROM cpp_lite_records WHERE purge_from <= ? ORDER BY purge_from LIMIT ?";

#undef CPP_LITE_LIST
#undef CPP_LITE_LABEL
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
  record.attempt = static_cast<std::uint32_t>(query.integer(1));
  record.first_begin = time_of(query.integer(2));
  record.lease_until = time_of(query.integer(3));
  record.expires_at = time_of(query.integer(4));
  bytes = query.integer(5);
  return unpack_head(query.view(6), record) && unpack_owner(query.text(7), record.owner);
}

bool read_result_from(const Query& query, int first, StoredResult& result) {
  if (!query.is_null(first + 3)) {
    auto extra = idempotency::decode_result(query.view(first + 3));
    if (!extra) return false;
    result = *std::move(extra);
  }
  result.code = static_cast<Code>(query.integer(first));
  result.message = query.text(first + 1);
  result.body = query.blob(first + 2);
  return true;
}

// What few results have. None: no bytes.
Bytes encode_extra(const StoredResult& result) {
  if (result.trailers.empty() && result.details.empty() && !result.tombstone) return {};
  StoredResult only;
  only.trailers = result.trailers;
  only.details = result.details;
  only.tombstone = result.tombstone;
  return idempotency::encode(only);
}

void bind_time_or_null(Query& query, std::optional<Time> time) {
  time ? query.bind(*time) : query.bind_null();
}

void bind_result(Query& query, const Record& record, const Bytes& extra) {
  if (record.state != State::completed) {
    for (int i = 0; i < kResultColumns; ++i) query.bind_null();
    return;
  }
  const StoredResult& result = record.result;
  query.bind(static_cast<std::int64_t>(result.code)).bind(result.message).bind(result.body);
  extra.empty() ? query.bind_null() : query.bind(extra);
}

// Nothing is new but the result.
bool is_completion(const Record& before, const Record& after) {
  return after.state == State::completed && before.token == after.token &&
         before.ttl == after.ttl && before.attempt == after.attempt &&
         before.lease_until == after.lease_until && before.owner == after.owner &&
         before.since == after.since && before.rerun_until == after.rerun_until &&
         before.expires == after.expires;
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
      begin_(database, kBegin),
      insert_(database, kInsert),
      complete_(database, kComplete),
      update_(database, kUpdate),
      remove_(database, "DELETE FROM cpp_lite_records WHERE n = ?"),
      list_(database, kList),
      unknown_(database, kUnknown),
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

Result<std::optional<Row>> Records::insert(const Id& id, Record& record) {
  Row row;
  row.expires_at = record.expires_at;
  row.bytes = static_cast<std::int64_t>(idempotency::bytes_held(record));
  const bool completed = record.state == State::completed;
  const Bytes head = pack_head(record);
  const std::string owner = pack_owner(record.owner);
  const Bytes extra = completed ? encode_extra(record.result) : Bytes();
  Query query(completed ? insert_ : begin_);
  query.bind(static_cast<std::int64_t>(record.state)).bind(record.attempt);
  query.bind(record.first_begin).bind(record.lease_until).bind(record.expires_at);
  query.bind(row.bytes).bind(head).bind(owner).bind(id);
  bind_time_or_null(query, expired_from(record, record.expires_at));
  query.bind(record.label.method).bind(record.label.scope).bind(record.label.key);
  if (completed) bind_result(query, record, extra);
  if (Status status = query.run(); !status.ok()) return status;
  if (sqlite3_changes(database_.handle()) == 0) return std::optional<Row>();
  row.n = sqlite3_last_insert_rowid(database_.handle());
  record.label = {};
  row.record = std::move(record);
  return std::optional<Row>(std::move(row));
}

Status Records::update(const Row& before, const Record& record) {
  const Time expires_at = record.expires_at == kSuspended ? before.expires_at : record.expires_at;
  const bool only_completed = is_completion(before.record, record);
  const Bytes head = only_completed ? Bytes() : pack_head(record);
  const std::string owner = only_completed ? std::string() : pack_owner(record.owner);
  const Bytes extra = encode_extra(record.result);
  Query query(only_completed ? complete_ : update_);
  if (!only_completed) {
    query.bind(static_cast<std::int64_t>(record.state)).bind(record.attempt);
    query.bind(record.lease_until).bind(head).bind(owner);
  }
  query.bind(expires_at).bind(before.bytes + bytes_gained(before.record, record));
  bind_time_or_null(query, expired_from(record, expires_at));
  bind_result(query, record, extra);
  return query.bind(before.n).run();
}

Status Records::remove(const Row& row) {
  Query query(remove_);
  return query.bind(row.n).run();
}

Result<std::vector<Entry>> Records::list(std::optional<State> state, const std::optional<Id>& after,
                                         std::size_t max) {
  const Bytes from = after ? Bytes(after->begin(), after->end()) : Bytes();
  const bool unknown = state == State::indeterminate;
  Query query(unknown ? unknown_ : list_);
  query.bind(from);
  if (!unknown) {
    const std::int64_t only = state ? static_cast<std::int64_t>(*state) : 0;
    query.bind(only).bind(only);
  }
  query.bind(static_cast<std::int64_t>(max));
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
