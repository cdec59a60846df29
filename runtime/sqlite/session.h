// A connection with all that the store does on it: transactions on the store's time, and the steps
// of its records.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "idempotency/clock.h"
#include "sqlite/database.h"
#include "sqlite/meta.h"
#include "sqlite/records.h"
#include "sqlite/scopes.h"

namespace cpp_lite::sqlite {

using idempotency::Reading;
using idempotency::StoreClock;

// Ids are hashes themselves.
struct HashOfId {
  std::size_t operator()(const Id& id) const {
    std::size_t hash = 0;
    std::memcpy(&hash, id.data(), sizeof(hash));
    return hash;
  }
};

// Used by one thread at a time.
class Session {
 public:
  // `clock` outlives it, and goes on in the next one.
  static Result<std::unique_ptr<Session>> open(const std::string& path, const Setup& setup,
                                               const std::string& application_schema,
                                               StoreClock& clock);

  const Identity& identity() const { return identity_; }
  const std::shared_ptr<Database>& database() { return database_; }

  // --- Transactions. After an error none is open. ---
  // One that writes waits for other processes, and reads the clock when it has the lock.
  Status begin(bool writes);
  Status commit();
  void rollback();
  bool in_transaction() const { return database_->in_transaction(); }
  // Worth closing: the connection is damaged, or the database is another one now.
  bool spent() const { return spent_ || database_->damaged(); }
  // A handler keeps the connection: to be taken away from it, and not to be used any more.
  void abandon() { abandoned_ = spent_ = true; }
  bool abandoned() const { return abandoned_; }

  // What a handler does between the first and one of the others is an effect.
  Status begin_effect() { return Query(savepoint_).run(); }
  Status keep_effect() { return Query(release_).run(); }
  Status take_back_effect();

  // --- Inside one ---
  Time now() const { return reading_.now; }
  // Nobody has written since begin(), but time has passed.
  void refresh_clock() { reading_ = clock_.read(meta_row_.clock); }
  bool may_expire() const { return reading_.trusted; }

  Result<std::optional<Row>> find(const Id& id, Want want);
  // Without find(): false where there is a record, expired or not; then `record` is as it was.
  Result<bool> insert(const Id& id, Record& record);
  // Makes `after` (nothing: no record) of what find() yielded.
  Status write(const Id& id, const std::optional<Row>& before, std::optional<Record> after);
  // Why there is no room for a new record; nullopt: there is.
  Result<std::optional<std::string>> no_room_for(const Record& record,
                                                 const idempotency::Quota& quota);
  Result<std::vector<Entry>> list(std::optional<State> state, const std::optional<Id>& after,
                                  std::size_t max);
  Result<std::size_t> purge(std::size_t max);

  // --- In a transaction of its own ---
  Status renew_id();
  Status confirm_clock();

 private:
  Session(std::shared_ptr<Database> database, StoreClock& clock);
  Status read_meta();
  Status replace(const Id& id, const std::optional<Row>& before, Record after);
  void remember(const Id& id, Row row);
  Status remove(const Row& row);
  Result<bool> purge_one(const Id& id);
  Result<std::optional<std::string>> over_quota(const Record& record,
                                                const idempotency::Quota& quota);

  const std::shared_ptr<Database> database_;
  StoreClock& clock_;
  Identity identity_;
  Meta meta_;
  Records records_;
  Scopes scopes_;
  Statement begin_read_;
  Statement begin_write_;
  Statement savepoint_;
  Statement rollback_to_;
  Statement release_;

  bool writes_ = false;
  bool spent_ = false;
  bool abandoned_ = false;
  MetaRow meta_row_;  // as begin() found it
  Reading reading_;

  // Most records are begun and then completed: that need not read them. What is here is as it lies
  // in the database, because only this connection has written since.
  std::unordered_map<Id, Row, HashOfId> begun_;
  std::int64_t data_version_ = 0;
};

// One operation: finds the record, runs a function of state.h on it, writes what that says. The
// answer is only set when that succeeds.
template <typename Answer, typename F>
Status take_step(Session& session, const Id& id, Want want, F& step_of, Answer& answer) {
  const auto found = session.find(id, want);
  if (!found.ok()) return found.status();
  const Record* before = found->has_value() ? &(*found)->record : nullptr;
  idempotency::Step<Answer> step = step_of(before, session.now());
  if (step.write) {
    Status status = session.write(id, *found, std::move(step.record));
    if (!status.ok()) return status;
  }
  answer = std::move(step.answer);
  return {};
}

}  // namespace cpp_lite::sqlite
