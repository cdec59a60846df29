#include "redis/batch.h"

#include <algorithm>
#include <iterator>
#include <optional>

namespace cpp_lite::redis {
namespace {

constexpr int kRounds = 100;  // in each of them somebody's write succeeds

// When the clock's hands next change what state.h says of a record.
Time holds_until(const std::optional<Record>& before, const std::optional<Record>& after,
                 Time now) {
  Time end = Time::max();
  const auto consider = [&](Time time) {
    if (time > now) end = std::min(end, time);
  };
  const auto consider_window = [&](const Record& record) {
    if (record.rerun_until < Time::max() - record.first_begin) {
      consider(record.first_begin + record.rerun_until);
    }
  };
  if (!before) return end;
  consider(before->lease_until);
  consider(before->expires_at);
  consider_window(*before);
  if (after) consider_window(*after);
  return end;
}

std::int64_t bytes_of(const std::optional<Record>& record) {
  return record ? static_cast<std::int64_t>(idempotency::bytes_held(*record)) : 0;
}

// One operation on its way.
struct Pending {
  std::unique_ptr<Operation> operation;
  Stored before;
  Quota used{};
};

class Batch {
 public:
  Batch(Session& session, ServerClock& clock, Operations operations, Found found)
      : session_(session), clock_(clock), server_(found.server) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      pending_.push_back({std::move(operations[i]), std::move(found.records[i])});
    }
  }

  void run() {
    for (int i = 0; i < kRounds && !pending_.empty(); ++i) {
      step_all();
      swap_all();
    }
    fail_the_rest({Code::unavailable, "redis: others were faster each time"});
  }

 private:
  // Those that write nothing are answered.
  void step_all() {
    reading_ = clock_.read(server_);
    std::vector<Pending> writers;
    swaps_.clear();
    for (Pending& each : pending_) {
      if (each.before.damaged) {
        each.operation->fail(
            session_.connection().failure("a record is not as this store writes it"));
      } else if (std::optional<Swap> swap = step(each)) {
        swaps_.push_back(*std::move(swap));
        writers.push_back(std::move(each));
      } else {
        each.operation->answer();
      }
    }
    pending_ = std::move(writers);
  }

  std::optional<Swap> step(Pending& each) {
    std::optional<Record> before = each.before.record;
    if (before && !reading_.trusted) before->expires_at = idempotency::kSuspended;
    Change change = each.operation->step(before ? &*before : nullptr, reading_.now, each.used);
    if (!change.write) return std::nullopt;
    if (change.record && before && change.record->expires_at == idempotency::kSuspended) {
      change.record->expires_at = each.before.record->expires_at;
    }
    return swap_of(each, before, std::move(change.record));
  }

  Swap swap_of(const Pending& each, const std::optional<Record>& before,
               std::optional<Record> after) {
    Swap swap;
    swap.id = each.operation->id;
    swap.version = each.before.version;
    // The server judges by its own clock.
    const Time end = holds_until(before, after, reading_.now);
    swap.holds_until = end == Time::max() ? end : end - (reading_.now - server_);
    swap.purge_from = after ? idempotency::expiry_of(*after) : Time::max();
    swap.scope = (after ? after : before)->label.scope;
    swap.records_gained = (after ? 1 : 0) - (before ? 1 : 0);
    swap.bytes_gained = bytes_of(after) - bytes_of(before);
    swap.quota = each.operation->quota;
    swap.after = std::move(after);
    return swap;
  }

  // Those that were refused stay, with what is there now.
  void swap_all() {
    if (pending_.empty()) return;
    std::vector<Result<Swapped>> answers = session_.swap(swaps_);
    std::vector<Pending> refused;
    for (std::size_t i = 0; i < pending_.size(); ++i) {
      if (!answers[i].ok()) {
        pending_[i].operation->fail(answers[i].status());
      } else if (answers[i]->done) {
        pending_[i].operation->answer();
      } else {
        server_ = std::max(server_, answers[i]->server);
        pending_[i].before = std::move(answers[i]->now);
        pending_[i].used = answers[i]->used;
        refused.push_back(std::move(pending_[i]));
      }
    }
    pending_ = std::move(refused);
  }

  void fail_the_rest(const Status& why) {
    for (Pending& each : pending_) each.operation->fail(why);
  }

  Session& session_;
  ServerClock& clock_;
  Time server_;
  idempotency::Reading reading_;
  std::vector<Pending> pending_;
  std::vector<Swap> swaps_;  // of those that are pending
};

}  // namespace

ServerClock::ServerClock(idempotency::Clocks clocks, std::function<Milliseconds()> ahead)
    : ahead_(std::move(ahead)),
      clock_({[this] { return wall_; }, std::move(clocks.steady), std::move(clocks.boot)}) {}

idempotency::Reading ServerClock::read(Time server) {
  const std::lock_guard lock(mutex_);
  wall_ = server + (ahead_ ? ahead_() : Milliseconds::zero());
  return clock_.read({});
}

void run_batch(Session& session, ServerClock& clock, Operations operations, Found found) {
  Batch(session, clock, std::move(operations), std::move(found)).run();
}

Status fetch_and_run(Session& session, ServerClock& clock, Operations& operations) {
  std::vector<Id> ids;
  ids.reserve(operations.size());
  std::transform(operations.begin(), operations.end(), std::back_inserter(ids),
                 [](const auto& operation) { return operation->id; });
  Result<Found> found = session.fetch(ids);
  if (!found.ok()) return found.status();
  run_batch(session, clock, std::exchange(operations, {}), *std::move(found));
  return {};
}

}  // namespace cpp_lite::redis
