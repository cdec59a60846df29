// The rows of the store: read as the records of idempotency/state.h, and written back.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "idempotency/state.h"
#include "sqlite/statement.h"

namespace cpp_lite::sqlite {

using idempotency::Entry;
using idempotency::Id;
using idempotency::Milliseconds;
using idempotency::Record;
using idempotency::State;
using idempotency::StoredResult;
using idempotency::Time;

// A record where it lies. Without its label, which no operation changes, and with its result only
// where that was asked for.
struct Row {
  std::int64_t n = 0;
  Record record;
  Time expires_at{};  // the record's own: while expiry is suspended, record.expires_at is far away
  std::int64_t bytes = 0;
  bool expired = false;  // when it was found: as good as absent
};

enum class Want : std::uint8_t { state, result };

// What a row is at that time. `may_expire`: false while nobody knows the time.
void judge(Row& row, Time now, bool may_expire);

// What an update() adds to its scope's bytes. Labels count, too, but never change.
std::int64_t bytes_gained(const Record& before, const Record& after);

// Used inside a transaction, by the thread that has the connection.
class Records {
 public:
  explicit Records(Database& database);

  Result<std::optional<Row>> find(const Id& id, Want want);
  // Of a key's new life: with label and fingerprint. Nothing: there is a row already, and `record`
  // is as it was.
  Result<std::optional<Row>> insert(const Id& id, Record& record);
  // What operations change; a result only where the record is completed.
  Status update(const Row& before, const Record& record);
  Status remove(const Row& row);

  // In the order of ids, behind `after`.
  Result<std::vector<Entry>> list(std::optional<State> state, const std::optional<Id>& after,
                                  std::size_t max);
  // Ids of records that may have expired, oldest first.
  Result<std::vector<Id>> purgeable(Time now, std::size_t max);

 private:
  Status read_result(std::int64_t n, StoredResult& to);

  Database& database_;
  Statement find_;
  Statement result_;
  Statement begin_;     // a row in progress
  Statement insert_;    // and with its result
  Statement complete_;  // a result for what was begun
  Statement update_;
  Statement remove_;
  Statement list_;
  Statement unknown_;  // those whose outcome is
  Statement purgeable_;
};

}  // namespace cpp_lite::sqlite
