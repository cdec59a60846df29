// What one transaction works with: the records that its operations are about, locked and read in
// one exchange with the server, changed here by steps of state.h, and written in another.
#pragma once

#include <cpp_lite/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "idempotency/state.h"
#include "postgres/clock.h"
#include "postgres/connection.h"
#include "postgres/schema.h"

namespace cpp_lite::postgres {

using idempotency::Id;
using idempotency::Quota;
using idempotency::Record;

struct Slot {
  bool to_write = false;         // its lock is wanted
  bool held = false;             // and we have it
  bool stored = false;           // there is a row
  std::optional<Record> record;  // as the steps so far have left it
  bool changed = false;
  Time expires_at{};  // the record's own: while nothing may expire, the other one is far away
};

// How a transaction takes its locks.
struct Locking {
  bool wait = false;  // else records that others have are left to them
  Milliseconds timeout{};
  Milliseconds idle{};  // for so long the server keeps it while nothing is asked
};

// Used by one thread, for one transaction.
class Work {
 public:
  // All outlive it.
  Work(const Known& known, ServerClock& clock, Milliseconds ahead)
      : known_(known), clock_(clock), ahead_(ahead) {}

  // --- First: what is needed ---
  void want(const Id& id, bool to_write);
  void want_count(const std::string& scope) { counts_[scope]; }

  // --- The first exchange ---
  // BEGIN, locks, and all there is to read.
  std::vector<Query> opening(const Locking& locking) const;
  static constexpr std::size_t kLockStep = 2;  // of opening(): where it waits for other processes
  // After all of opening() succeeded; what comes after it in `answers` is not looked at.
  Status take_in(const Answers& answers);

  // --- The steps ---
  Time now() const { return reading_.now; }
  const Reading& reading() const { return reading_; }
  std::int64_t clock_epoch() const { return epoch_; }
  // Time has passed since take_in(), without a word from the server.
  void refresh() { reading_ = clock_.estimate(); }
  Slot& slot(const Id& id) { return slots_.find(id)->second; }
  // `step_of` is a function of (const Record* before, Time now) that returns a Step.
  template <typename F>
  auto step(Slot& slot, F&& step_of) {
    auto step = step_of(slot.record ? &*slot.record : nullptr, now());
    if (step.write) replace(slot, std::move(step.record));
    return std::move(step.answer);
  }
  // Why there is no room for a new record; nullopt: there is. Of a scope that was counted.
  std::optional<std::string> no_room_for(const Record& record, const Quota& quota) const;

  // --- The second exchange, without its COMMIT; nothing: nothing was changed ---
  std::vector<Query> writes() const;

 private:
  Status read_meta(const Rows& meta);
  Status read_records(const Rows& rows, bool locked);
  void replace(Slot& slot, std::optional<Record> record);
  void count(const std::optional<Record>& record, bool away);

  const Known& known_;
  ServerClock& clock_;
  const Milliseconds ahead_;
  std::map<Id, Slot> slots_;
  std::map<std::string, Quota> counts_;  // what scopes hold
  Reading reading_;
  std::int64_t epoch_ = 0;
};

}  // namespace cpp_lite::postgres
