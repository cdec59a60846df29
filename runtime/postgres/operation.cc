#include "postgres/operation.h"

#include <string>

namespace cpp_lite::postgres {
namespace {

using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::Step;

constexpr const char* kLockNotAvailable = "55P03";

// What one operation may bring on all that share its transaction: wrong data (22), a key that is
// there (23), a conflict (40), limits (54), and locks (55).
bool may_be_one_operations_fault(const std::string& sql_state) {
  const std::string kind = sql_state.substr(0, 2);
  return kind == "22" || kind == "23" || kind == "40" || kind == "54" || kind == "55";
}

Outcome failed(Connection& connection, const Answers& answers) {
  Outcome outcome;
  outcome.status = answers.status;
  outcome.lost = answers.lost || !connection.rollback();
  outcome.separable = !answers.lost && may_be_one_operations_fault(answers.sql_state);
  return outcome;
}

// The answer to a COMMIT of a transaction that had failed is ROLLBACK.
Status committed(const Answers& answers) {
  if (!answers.status.ok()) return answers.status;
  if (answers.rows.back().command() == "COMMIT") return {};
  return {Code::unavailable, "postgresql: the transaction was rolled back"};
}

}  // namespace

BeginResult take_begin(Work& work, Slot& slot, const BeginArgs& args) {
  return work.step(slot, [&](const Record* before, Time now) {
    Step<BeginResult> step = idempotency::begin(before, args, now);
    const bool fresh = before == nullptr || idempotency::expired(*before, now);
    if (!fresh) return step;
    if (auto why = work.no_room_for(*step.record, args.quota)) {
      return Step<BeginResult>{idempotency::Full{*std::move(why)}};
    }
    return step;
  });
}

void BeginOperation::prepare(Work& work) {
  work.want(args_.id, true);
  if (args_.quota != Quota()) work.want_count(args_.label.scope);
}

bool BeginOperation::run(Work& work) {
  Slot& slot = work.slot(args_.id);
  if (!slot.held) return false;
  answer_ = take_begin(work, slot, args_);
  return true;
}

Outcome run_together(Connection& connection, Work& work, const Operations& operations,
                     const Locking& locking) {
  for (const auto& operation : operations) operation->prepare(work);
  const Answers opened = connection.run(work.opening(locking));
  if (!opened.status.ok()) {
    Outcome outcome = failed(connection, opened);
    outcome.blocked =
        opened.sql_state == kLockNotAvailable && opened.failed_at() == Work::kLockStep;
    return outcome;
  }
  Outcome outcome;
  outcome.status = work.take_in(opened);
  if (outcome.status.ok()) {
    for (const auto& operation : operations) outcome.done.push_back(operation->run(work));
  }
  std::vector<Query> closing;
  if (outcome.status.ok()) closing = work.writes();
  if (closing.empty()) {
    // Also a COMMIT that has only locked rows would wait for the disk.
    outcome.lost = !connection.rollback();
    return outcome;
  }
  closing.push_back({"COMMIT"});
  const Answers closed = connection.run(closing);
  if (Status status = committed(closed); !status.ok()) {
    Outcome undone = failed(connection, closed);
    undone.status = std::move(status);
    return undone;
  }
  outcome.wrote = true;
  return outcome;
}

}  // namespace cpp_lite::postgres
