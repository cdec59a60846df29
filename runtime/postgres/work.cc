#include "postgres/work.h"

#include <cstddef>

#include "idempotency/clock.h"
#include "idempotency/record_codec.h"

namespace cpp_lite::postgres {
namespace {

constexpr std::string_view kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
// COMMIT waits for the disk (and a synchronous standby) whatever the server's default is, and is
// never cancelled: a cancelled wait for a standby looks like a COMMIT.
constexpr std::string_view kSettings =
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true),"
    " set_config('lock_timeout', $1::int8::text, true), set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', $2::int8::text, true)";
// In the order of the array. Only those who want no more than one lock wait for it, so that two
// never wait for each other.
constexpr std::string_view kTryLock =
    "SELECT pg_try_advisory_xact_lock(k) FROM unnest($1::int8[]) AS k";
constexpr std::string_view kWaitLock =
    "SELECT pg_advisory_xact_lock(k) IS NOT NULL FROM unnest($1::int8[]) AS k";

// The number that stands for a record among PostgreSQL's advisory locks. Should two records share
// it, one waits without need.
std::int64_t lock_key(const Id& id) {
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < id.size(); ++i) key ^= std::uint64_t{id[i]} << (8 * (i % 8));
  return static_cast<std::int64_t>(key);
}

Status damaged(const char* table) {
  return {Code::data_loss,
          std::string("postgresql: a row of ") + table + " is not as this store writes it"};
}

// The columns of an insert or update, one array each.
class Columns {
 public:
  void add(const Id& id, const Record& record, Time expires_at) {
    Record whole = record;
    if (whole.expires_at == idempotency::kSuspended) whole.expires_at = expires_at;
    records_.push_back(idempotency::encode(whole));
    ids_.emplace_back(id);
    states_.push_back(static_cast<std::int64_t>(record.state));
    purge_from_.push_back(idempotency::expiry_of(whole).time_since_epoch().count());
    bytes_.push_back(static_cast<std::int64_t>(idempotency::bytes_held(record)));
    scopes_.push_back(view_of(record.label.scope));
    methods_.push_back(view_of(record.label.method));
    keys_.push_back(view_of(record.label.key));
  }
  bool empty() const { return ids_.empty(); }
  Values values() const {
    Values values;
    values.add(ids_).add(states_).add(purge_from_).add(bytes_);
    values.add(scopes_).add(methods_).add(keys_);
    return values.add(std::vector<View>(records_.begin(), records_.end()));
  }

 private:
  std::vector<View> ids_, scopes_, methods_, keys_;
  std::vector<std::int64_t> states_, purge_from_, bytes_;
  std::vector<Bytes> records_;
};

}  // namespace

// --- What is needed ---

void Work::want(const Id& id, bool to_write) {
  Slot& slot = slots_[id];
  slot.to_write = slot.to_write || to_write;
}

std::vector<Query> Work::opening(const Locking& locking) const {
  std::vector<View> locked, read, scopes;
  std::vector<std::int64_t> keys;
  for (const auto& [id, slot] : slots_) {
    (slot.to_write ? locked : read).emplace_back(id);
    if (slot.to_write) keys.push_back(lock_key(id));
  }
  for (const auto& [scope, unused] : counts_) scopes.push_back(view_of(scope));
  const Reading about = clock_.estimate();
  const std::int64_t counted_from =
      about.trusted ? about.now.time_since_epoch().count() : std::int64_t{0};
  const auto& sql = known_.sql;
  std::vector<Query> queries;
  queries.push_back({kBegin});
  queries.push_back({kSettings, Values().add(locking.timeout.count()).add(locking.idle.count())});
  queries.push_back({locking.wait ? kWaitLock : kTryLock, Values().add(keys)});
  queries.push_back({sql.meta});
  queries.push_back({sql.lock, Values().add(locked).add(keys)});
  if (!read.empty()) queries.push_back({sql.read, Values().add(read)});
  if (!scopes.empty()) queries.push_back({sql.count, Values().add(scopes).add(counted_from)});
  return queries;
}

Status Work::take_in(const Answers& answers) {
  if (Status status = read_meta(answers.rows[kLockStep + 1]); !status.ok()) return status;
  const Rows& locks = answers.rows[kLockStep];
  int lock = 0;
  bool reads = false;
  for (auto& [id, slot] : slots_) {
    if (slot.to_write) slot.held = locks.truth(lock++, 0);
    reads = reads || !slot.to_write;
  }
  std::size_t next = kLockStep + 2;
  if (Status status = read_records(answers.rows[next++], true); !status.ok()) return status;
  if (reads) {
    if (Status status = read_records(answers.rows[next++], false); !status.ok()) return status;
  }
  if (counts_.empty()) return {};
  const Rows& found = answers.rows[next];
  std::vector<Quota*> in_order;
  for (auto& [scope, held] : counts_) in_order.push_back(&held);
  for (int i = 0; i < found.count(); ++i) {
    *in_order[static_cast<std::size_t>(found.number(i, 0) - 1)] = {
        static_cast<std::size_t>(found.number(i, 1)), static_cast<std::size_t>(found.number(i, 2))};
  }
  return {};
}

Status Work::read_meta(const Rows& meta) {
  if (meta.count() != 1) return damaged("cpp_lite_meta");
  if (std::string id = meta.text(0, 0); id != known_.identity.id) {
    return {Code::unavailable, "postgresql: it is the store " + id + " now, it was " +
                                   known_.identity.id + ": start the server again"};
  }
  const auto time = [&](int column) { return Time(Milliseconds(meta.number(0, column))); };
  epoch_ = meta.number(0, 4);
  reading_ = clock_.read({time(1) + ahead_, time(2), meta.number(0, 3) != 0, epoch_});
  return {};
}

Status Work::read_records(const Rows& rows, bool locked) {
  for (int i = 0; i < rows.count(); ++i) {
    Id id;
    if (!rows.read(i, 0, id)) return damaged("cpp_lite_records");
    const auto found = slots_.find(id);
    if (found == slots_.end()) return damaged("cpp_lite_records");
    Slot& slot = found->second;
    if (locked && !slot.held) continue;  // it became free, but was looked up before
    slot.record = idempotency::decode_record(rows.bytes(i, 1));
    if (!slot.record) return damaged("cpp_lite_records");
    slot.stored = true;
    slot.expires_at = slot.record->expires_at;
    if (!reading_.trusted) slot.record->expires_at = idempotency::kSuspended;
  }
  return {};
}

// --- Steps ---

void Work::count(const std::optional<Record>& record, bool away) {
  if (!record || idempotency::expired(*record, now())) return;
  const auto found = counts_.find(record->label.scope);
  if (found == counts_.end()) return;
  const std::size_t bytes = idempotency::bytes_held(*record);
  found->second.records += away ? std::size_t(-1) : 1;
  found->second.bytes += away ? std::size_t(0) - bytes : bytes;
}

void Work::replace(Slot& slot, std::optional<Record> record) {
  count(slot.record, true);
  slot.record = std::move(record);
  slot.changed = true;
  count(slot.record, false);
}

std::optional<std::string> Work::no_room_for(const Record& record, const Quota& quota) const {
  const auto found = counts_.find(record.label.scope);
  if (found == counts_.end()) return std::nullopt;
  return idempotency::over_quota(found->second, idempotency::bytes_held(record), quota);
}

// --- Writing ---

std::vector<Query> Work::writes() const {
  Columns fresh, present;
  std::vector<View> gone;
  for (const auto& [id, slot] : slots_) {
    if (!slot.changed) continue;
    if (slot.record) {
      (slot.stored ? present : fresh).add(id, *slot.record, slot.expires_at);
    } else if (slot.stored) {
      gone.emplace_back(id);
    }
  }
  std::vector<Query> queries;
  if (!fresh.empty()) queries.push_back({known_.sql.insert, fresh.values()});
  if (!present.empty()) queries.push_back({known_.sql.update, present.values()});
  if (!gone.empty()) queries.push_back({known_.sql.remove, Values().add(gone)});
  return queries;
}

}  // namespace cpp_lite::postgres
