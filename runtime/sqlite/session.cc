#include "sqlite/session.h"

#include "idempotency/random.h"
#include "sqlite/schema.h"

namespace cpp_lite::sqlite {

Session::Session(std::shared_ptr<Database> database, StoreClock& clock)
    : database_(std::move(database)),
      clock_(clock),
      meta_(*database_),
      records_(*database_),
      scopes_(*database_),
      begin_read_(*database_, "BEGIN"),
      begin_write_(*database_, "BEGIN IMMEDIATE"),
      savepoint_(*database_, "SAVEPOINT cpp_lite_effect"),
      rollback_to_(*database_, "ROLLBACK TO cpp_lite_effect"),
      release_(*database_, "RELEASE cpp_lite_effect") {}

Result<std::unique_ptr<Session>> Session::open(const std::string& path, const Setup& setup,
                                               const std::string& application_schema,
                                               StoreClock& clock) {
  auto database = Database::open(path, setup);
  if (!database.ok()) return database.status();
  if (Status status = prepare_schema(**database, setup.create); !status.ok()) return status;
  if (!application_schema.empty()) {
    if (Status status = (*database)->execute(application_schema.c_str()); !status.ok()) {
      return status;
    }
    if (Status status = (*database)->be_synchronous(setup); !status.ok()) return status;
  }
  std::unique_ptr<Session> session(new Session(*database, clock));
  auto identity = session->meta_.identity();
  if (!identity.ok()) return identity.status();
  session->identity_ = *std::move(identity);
  return session;
}

// --- Transactions ---

Status Session::begin(bool writes) {
  if (!database_->in_place()) {
    spent_ = true;
    return {Code::unavailable,
            "sqlite: " + database_->path() + ": the file was moved or deleted while it was open"};
  }
  writes_ = writes;
  if (Status status = Query(writes ? begin_write_ : begin_read_).run(); !status.ok()) return status;
  Status status = read_meta();
  if (!status.ok()) rollback();
  return status;
}

Status Session::read_meta() {
  auto row = meta_.read();
  if (!row.ok()) return row.status();
  if (row->store_id != identity_.id) {
    spent_ = true;
    return {Code::unavailable, "sqlite: " + database_->path() + ": it is the store " +
                                   row->store_id + " now, it was " + identity_.id +
                                   ": start the server again"};
  }
  meta_row_ = *std::move(row);
  refresh_clock();
  const auto version = meta_.data_version();
  if (!version.ok()) return version.status();
  if (std::exchange(data_version_, *version) != *version) begun_.clear();
  return {};
}

Status Session::commit() {
  Status status;
  if (writes_ && reading_.notable) status = meta_.write_clock(reading_.state);
  if (status.ok()) status = database_->commit();
  if (!status.ok()) rollback();
  return status;
}

void Session::rollback() {
  begun_.clear();
  database_->rollback();
}

Status Session::take_back_effect() {
  if (Status status = Query(rollback_to_).run(); !status.ok()) return status;
  return keep_effect();
}

// --- Records ---

Result<std::optional<Row>> Session::find(const Id& id, Want want) {
  Result<std::optional<Row>> row = std::optional<Row>();
  if (auto begun = begun_.extract(id)) {
    row = std::optional<Row>(std::move(begun.mapped()));
  } else {
    row = records_.find(id, want);
  }
  if (row.ok() && row->has_value()) judge(**row, now(), may_expire());
  return row;
}

Result<bool> Session::insert(const Id& id, Record& record) {
  const std::string scope = meta_row_.quotas ? record.label.scope : std::string();
  auto row = records_.insert(id, record);
  if (!row.ok()) return row.status();
  if (!row->has_value()) return false;
  if (meta_row_.quotas) {
    if (Status status = scopes_.add(scope, {1, (*row)->bytes}); !status.ok()) return status;
  }
  if ((*row)->record.state == State::in_progress) remember(id, **std::move(row));
  return true;
}

void Session::remember(const Id& id, Row row) {
  constexpr std::size_t kMost = 10'000;  // many are never completed here
  if (begun_.size() >= kMost) begun_.clear();
  begun_.insert_or_assign(id, std::move(row));
}

Status Session::write(const Id& id, const std::optional<Row>& before, std::optional<Record> after) {
  if (!after) return before ? remove(*before) : Status();
  if (!before || before->expired) return replace(id, before, *std::move(after));
  if (meta_row_.quotas) {
    const Holding more{0, bytes_gained(before->record, *after)};
    if (Status status = scopes_.add_for_record(before->n, more); !status.ok()) return status;
  }
  return records_.update(*before, *after);
}

Status Session::replace(const Id& id, const std::optional<Row>& before, Record after) {
  if (before) {
    if (Status status = remove(*before); !status.ok()) return status;
  }
  const Result<bool> inserted = insert(id, after);
  if (!inserted.ok() || *inserted) return inserted.status();
  return {Code::internal, "sqlite: " + database_->path() + ": a record was there all the same"};
}

Status Session::remove(const Row& row) {
  if (meta_row_.quotas) {
    if (Status status = scopes_.add_for_record(row.n, {-1, -row.bytes}); !status.ok()) {
      return status;
    }
  }
  return records_.remove(row);
}

Result<std::vector<Entry>> Session::list(std::optional<State> state, const std::optional<Id>& after,
                                         std::size_t max) {
  return records_.list(state, after, max);
}

// --- Quotas ---

Result<std::optional<std::string>> Session::over_quota(const Record& record,
                                                       const idempotency::Quota& quota) {
  const auto held = scopes_.held_by(record.label.scope);
  if (!held.ok()) return held.status();
  const idempotency::Quota used{static_cast<std::size_t>(held->records),
                                static_cast<std::size_t>(held->bytes)};
  return idempotency::over_quota(used, idempotency::bytes_held(record), quota);
}

Result<std::optional<std::string>> Session::no_room_for(const Record& record,
                                                        const idempotency::Quota& quota) {
  if (quota == idempotency::Quota()) return std::optional<std::string>();
  if (!meta_row_.quotas) {
    if (Status status = scopes_.count_all(); !status.ok()) return status;
    if (Status status = meta_.keep_quotas(); !status.ok()) return status;
    meta_row_.quotas = true;
  }
  for (;;) {
    auto why = over_quota(record, quota);
    if (!why.ok() || !why->has_value()) return why;
    constexpr std::size_t kAtOnce = 64;
    const Result<std::size_t> purged = purge(kAtOnce);
    if (!purged.ok()) return purged.status();
    if (*purged == 0) return why;
  }
}

// --- Expiry ---

Result<bool> Session::purge_one(const Id& id) {
  const auto row = find(id, Want::state);
  if (!row.ok()) return row.status();
  if (!row->has_value() || !(*row)->expired) return false;
  Status status = remove(**row);
  if (!status.ok()) return status;
  return true;
}

Result<std::size_t> Session::purge(std::size_t max) {
  std::size_t purged = 0;
  if (!may_expire()) return purged;
  const auto ids = records_.purgeable(now(), max);
  if (!ids.ok()) return ids.status();
  for (const Id& id : *ids) {
    const Result<bool> gone = purge_one(id);
    if (!gone.ok()) return gone.status();
    purged += *gone ? 1 : 0;
  }
  return purged;
}

// --- Operators ---

Status Session::renew_id() {
  if (Status status = begin(true); !status.ok()) return status;
  Status status = meta_.write_id(idempotency::random_store_id());
  if (status.ok()) status = commit();
  rollback();
  return status;
}

Status Session::confirm_clock() {
  if (Status status = begin(true); !status.ok()) return status;
  reading_.notable = false;
  Status status = meta_.write_clock(clock_.confirm(meta_row_.clock));
  if (status.ok()) status = commit();
  rollback();
  return status;
}

}  // namespace cpp_lite::sqlite
