#include "idempotency/state.h"

#include <algorithm>
#include <string>
#include <utility>

namespace cpp_lite::idempotency {

namespace {

// --- How a step ends ---

template <typename Answer>
Step<Answer> stays(Answer answer) {
  return {std::move(answer)};
}
template <typename Answer>
Step<Answer> becomes(Record record, Answer answer) {
  return {std::move(answer), true, std::move(record)};
}
template <typename Answer>
Step<Answer> goes(Answer answer) {
  return {std::move(answer), true, std::nullopt};
}

// --- What a record says ---

Time later(Time now, Milliseconds by) { return by > Time::max() - now ? Time::max() : now + by; }

// Purged or not yet: nobody can tell the difference.
const Record* alive(const Record* record, Time now) {
  return record != nullptr && !expired(*record, now) ? record : nullptr;
}

bool lease_over(const Record& record, Time now) { return record.lease_until <= now; }

Milliseconds lease_left(const Record& record, Time now) {
  return std::max(record.lease_until - now, Milliseconds::zero());
}

// Whether an execution after the first may still run. A request that a newer server sends may know
// a narrower window than the one that was begun with, or the other way round: both must allow it.
bool window_open(const Record& record, Milliseconds rerun_until, Time now) {
  const Milliseconds window = std::min(record.rerun_until, rerun_until);
  if (window == Milliseconds::max()) return true;
  return window > Milliseconds::zero() && now - record.first_begin < window;
}

// Whether the token is that of an execution whose outcome is still open.
bool is_open_for(const Record* record, const Token& token) {
  return record != nullptr && record->state != State::completed && record->token == token;
}
bool runs_as(const Record* record, const Token& token) {
  return is_open_for(record, token) && record->state == State::in_progress;
}

Indeterminate unknown(const Record& record) { return {record.token, record.attempt, record.since}; }

// --- begin ---

void grant(Record& record, const BeginArgs& args, Time now) {
  record.state = State::in_progress;
  record.token = args.token;
  record.lease_until = later(now, args.lease);
  record.since = now;
  record.ttl = args.ttl;
  record.expires_at = later(now, args.ttl);
  record.rerun_until = std::min(record.rerun_until, args.rerun_until);
  record.expires = record.expires && args.expires;
}

Step<BeginResult> acquired(Record record, const BeginArgs& args, Time now) {
  grant(record, args, now);
  record.owner = args.owner;
  const Acquired answer{record.attempt, record.first_begin};
  return becomes<BeginResult>(std::move(record), answer);
}

Step<BeginResult> begin_afresh(const BeginArgs& args, Owner owner, Label label, Time now) {
  Step<BeginResult> step{Acquired{1, now}, true, Record()};
  Record& record = *step.record;
  record.fingerprint = args.fingerprint;
  record.first_begin = now;
  record.rerun_until = args.rerun_until;
  record.expires = args.expires;
  record.label = std::move(label);
  record.owner = std::move(owner);
  grant(record, args, now);
  return step;
}

Step<BeginResult> become_unknown(Record record) {
  record.state = State::indeterminate;
  const Indeterminate answer = unknown(record);
  return becomes<BeginResult>(std::move(record), answer);
}

// The caller holds the claim and did not know it: it has not started anything.
Step<BeginResult> begin_again(const Record& record, const BeginArgs& args, Time now) {
  if (record.attempt == 1 || window_open(record, args.rerun_until, now)) {
    return acquired(record, args, now);
  }
  return become_unknown(record);
}

// The owner may be dead, or slow.
Step<BeginResult> take_over(Record record, const BeginArgs& args, Time now) {
  if (!window_open(record, args.rerun_until, now)) return become_unknown(std::move(record));
  ++record.attempt;
  return acquired(std::move(record), args, now);
}

Step<BeginResult> begin_open(const Record& record, const BeginArgs& args, Time now) {
  if (args.previous == record.token) return begin_again(record, args, now);
  if (record.state == State::indeterminate) return stays<BeginResult>(unknown(record));
  if (!lease_over(record, now)) return stays<BeginResult>(Busy{lease_left(record, now)});
  return take_over(record, args, now);
}

// --- resolve ---

Status refused(std::string why) { return {Code::failed_precondition, std::move(why)}; }

Status may_resolve(const Record* record, const Token& token, bool force, Time now) {
  if (record == nullptr) return {Code::not_found, "there is no record of this id"};
  if (record->state == State::completed) return refused("the record has a result already");
  if (record->token != token) return refused("the record was begun again since, by another token");
  if (record->state == State::in_progress && window_open(*record, record->rerun_until, now)) {
    return refused("the record is in progress, and the next request may run it again");
  }
  if (!lease_over(*record, now) && (!force || record->state == State::in_progress)) {
    return refused("the lease of its last execution still runs");
  }
  return {};
}

Record completed(Record record, StoredResult result, Milliseconds ttl, Time now) {
  record.state = State::completed;
  record.result = std::move(result);
  record.ttl = ttl;
  record.expires_at = later(now, ttl);
  return record;
}

}  // namespace

Likeness compare(const Fingerprint& known, const Fingerprint& given) {
  if (known.algorithm == given.algorithm && known.excluded == given.excluded) {
    return known.reduced == given.reduced ? Likeness::same : Likeness::other;
  }
  return known.full == given.full ? Likeness::same : Likeness::cannot_tell;
}

Step<BeginResult> begin(const Record* before, const BeginArgs& args, Time now) {
  const Record* record = alive(before, now);
  if (record == nullptr) return begin_afresh(args, args.owner, args.label, now);
  switch (compare(record->fingerprint, args.fingerprint)) {
    case Likeness::other:
      return stays<BeginResult>(Mismatch{});
    case Likeness::cannot_tell:
      return stays<BeginResult>(unknown(*record));
    case Likeness::same:
      break;
  }
  if (record->state == State::completed) return stays<BeginResult>(Replay{record->result});
  return begin_open(*record, args, now);
}

Step<BeginResult> begin_first(BeginArgs& args, Time now) {
  return begin_afresh(args, std::move(args.owner), std::move(args.label), now);
}

Step<CompleteResult> complete(const Record* before, const Token& token, StoredResult result,
                              Milliseconds ttl, Time now) {
  const Record* record = alive(before, now);
  if (record == nullptr || record->token != token) return stays(CompleteResult::fence_lost);
  if (record->state == State::completed) return stays(CompleteResult::already_completed);
  return becomes(completed(*record, std::move(result), ttl, now), CompleteResult::completed);
}

Step<FenceResult> release(const Record* before, const Token& token, Time now) {
  const Record* record = alive(before, now);
  if (!is_open_for(record, token)) return stays(FenceResult::fence_lost);
  if (record->attempt == 1) return goes(FenceResult::done);
  // What the attempts before it did, nobody knows: an unknown outcome stays one.
  if (record->state == State::indeterminate) return stays(FenceResult::done);
  return yield(record, token, now);
}

Step<FenceResult> renew(const Record* before, const Token& token, Milliseconds lease, Time now) {
  const Record* record = alive(before, now);
  if (!is_open_for(record, token)) return stays(FenceResult::fence_lost);
  if (record->state == State::indeterminate) return stays(FenceResult::done);
  Record after = *record;
  after.lease_until = std::max(after.lease_until, later(now, lease));
  return becomes(std::move(after), FenceResult::done);
}

Step<FenceResult> yield(const Record* before, const Token& token, Time now) {
  const Record* record = alive(before, now);
  if (!runs_as(record, token)) return stays(FenceResult::fence_lost);
  Record after = *record;
  after.lease_until = std::min(after.lease_until, now);
  return becomes(std::move(after), FenceResult::done);
}

Step<FenceResult> mark_unknown(const Record* before, const Token& token, Time now) {
  const Record* record = alive(before, now);
  if (!runs_as(record, token)) return stays(FenceResult::fence_lost);
  Record after = *record;
  after.state = State::indeterminate;
  return becomes(std::move(after), FenceResult::done);
}

LookupResult lookup(const Record* before, const Fingerprint& fingerprint, Time now) {
  const Record* record = alive(before, now);
  if (record == nullptr) return Absent{};
  const Likeness likeness = compare(record->fingerprint, fingerprint);
  if (likeness == Likeness::other) return Mismatch{};
  if (likeness == Likeness::cannot_tell) return unknown(*record);
  switch (record->state) {
    case State::in_progress:
      return Busy{lease_left(*record, now)};
    case State::completed:
      return Replay{record->result};
    case State::indeterminate:
      break;
  }
  return unknown(*record);
}

Step<Status> resolve(const Record* before, const Token& token, const Resolution& how, Time now) {
  const Record* record = alive(before, now);
  if (Status verdict = may_resolve(record, token, how.force, now); !verdict.ok()) {
    return stays(std::move(verdict));
  }
  if (!how.result) return goes(Status());
  return becomes(completed(*record, *how.result, record->ttl, now), Status());
}

Step<Status> redact(const Record* before, Time now) {
  const Record* record = alive(before, now);
  if (record == nullptr) return stays(Status(Code::not_found, "there is no record of this id"));
  if (record->state != State::completed) return stays(refused("the record has no result"));
  Record after = *record;
  after.result = StoredResult();
  after.result.code = record->result.code;
  after.result.tombstone = true;
  return becomes(std::move(after), Status());
}

Time expiry_of(const Record& record) {
  if (record.state == State::completed) return record.expires_at;
  if (record.state == State::in_progress && record.expires) {
    return std::max(record.expires_at, record.lease_until);
  }
  return Time::max();
}

bool expired(const Record& record, Time now) { return expiry_of(record) <= now; }

std::size_t bytes_held(const Record& record) {
  const StoredResult& result = record.result;
  std::size_t bytes = result.body.size() + result.message.size() + result.details.size();
  for (const auto& [name, value] : result.trailers) bytes += name.size() + value.size();
  const Label& label = record.label;
  return bytes + label.method.size() + label.scope.size() + label.key.size();
}

std::optional<std::string> over_quota(const Quota& used, std::size_t bytes, const Quota& quota) {
  if (quota.records != 0 && used.records >= quota.records) {
    return "the caller's scope holds as many records as it may";
  }
  if (quota.bytes != 0 && used.bytes + bytes > quota.bytes) {
    return "the caller's scope holds as many bytes as it may";
  }
  return std::nullopt;
}

Entry entry_of(const Id& id, const Record& record) {
  Entry entry;
  entry.id = id;
  entry.state = record.state;
  entry.token = record.token;
  entry.attempt = record.attempt;
  entry.first_begin = record.first_begin;
  entry.lease_until = record.lease_until;
  entry.expires_at = record.expires_at;
  entry.owner = record.owner;
  entry.label = record.label;
  if (record.state == State::completed) entry.result = record.result;
  return entry;
}

}  // namespace cpp_lite::idempotency
