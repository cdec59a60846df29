#include "explorer/store_table.h"

#include <cstdlib>
#include <optional>
#include <variant>

namespace explorer {
namespace {

using idem::Milliseconds;
using idem::Record;
using idem::State;
using idem::Time;
using idem::Token;

constexpr Time kNow{std::chrono::hours(24 * 365)};
constexpr Token kHolder{1}, kCaller{2};

idem::Fingerprint fingerprint(bool other) {
  idem::Fingerprint value;
  value.reduced[0] = value.full[0] = other ? 2 : 1;
  return value;
}

idem::StoredResult result(bool error) {
  idem::StoredResult value;
  if (error) value.code = cpp_lite::Code::failed_precondition;
  return value;
}

template <typename Answer>
bool refused(const Answer& answer) {
  if constexpr (std::is_same_v<Answer, cpp_lite::Status>)
    return !answer.ok();
  else
    return idem::lost_fence(answer);
}

}  // namespace

StoreTable::StoreTable(const Mode& mode, const StoreFaults& faults)
    : mode_(mode),
      faults_(faults),
      effects_(idem::kept_effects(mode.policy, {.transactional = true})) {
  idem::set_terms(terms_, mode.policy, effects_, {.renewed = std::chrono::seconds(10)});
  if (faults.no_window) terms_.rerun_until = Milliseconds::max();
  terms_.token = kCaller;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const View view = view_at(i);
    if (!is_normal(view)) continue;
    const std::optional<Record> record =
        view.present ? std::optional(record_of(view)) : std::nullopt;
    const Record* before = record ? &*record : nullptr;
    if (view_of(before) != view) std::abort();  // the model of time is wrong
    Steps& steps = steps_[i];
    steps.expired = record && is_expired(*record);
    ask_for_claims(before, steps);
    ask_with_token(before, false, steps);
    ask_with_token(before, true, steps);
    ask_to_resolve(before, steps);
    ask_to_look(before, steps);
  }
}

bool StoreTable::bounded_window() const {
  return terms_.rerun_until != Milliseconds::max() && terms_.rerun_until.count() != 0;
}

bool StoreTable::is_normal(const View& view) const {
  if (!view.present) return view == View();
  if (view.state == State::completed) return !view.later && !view.lease && !view.window;
  return !view.error && view.window == (view.window && bounded_window());
}

bool StoreTable::is_expired(const Record& record) const {
  if (faults_.unknown_outcomes_expire && record.expires_at <= kNow &&
      record.state == State::indeterminate) {
    return true;
  }
  return idem::expired(record, kNow);
}

// --- Views to records, and back ---

Record StoreTable::record_of(const View& view) const {
  Record record;
  record.state = view.state;
  record.fingerprint = fingerprint(view.other);
  record.token = kHolder;
  record.attempt = view.later ? 2 : 1;
  record.first_begin = kNow;
  if (bounded_window() && !view.window) record.first_begin -= terms_.rerun_until;
  record.since = record.first_begin;
  record.lease_until = view.lease ? kNow + terms_.lease : kNow;
  record.ttl = terms_.ttl;
  record.expires_at = view.ttl_over ? kNow : kNow + terms_.ttl;
  record.rerun_until = terms_.rerun_until;
  record.expires = terms_.expires;
  if (view.state == State::completed) record.result = result(view.error);
  return record;
}

View StoreTable::view_of(const Record* record) const {
  if (record == nullptr) return {};
  View view{.present = true, .state = record->state};
  view.ttl_over = record->expires_at <= kNow;
  view.other = record->fingerprint != fingerprint(false);
  if (record->state == State::completed) {
    view.error = record->result.code != cpp_lite::Code::ok;
    return view;  // leases, attempts and windows are over
  }
  view.later = record->attempt > 1;
  view.lease = record->lease_until > kNow;
  view.window = bounded_window() && kNow - record->first_begin < record->rerun_until;
  return view;
}

View StoreTable::view_after(const Record* before, bool write,
                            const std::optional<Record>& after) const {
  if (!write) return view_of(before);
  return view_of(after ? &*after : nullptr);
}

// --- Steps ---

void StoreTable::ask_for_claims(const Record* record, Steps& steps) const {
  const bool forgotten = record != nullptr && is_expired(*record);
  for (const bool other : {false, true}) {
    for (const bool previous : {false, true}) {
      idem::BeginArgs args = terms_;
      args.fingerprint = fingerprint(other);
      if (previous) args.token = kHolder;
      idem::Claiming asks(args);
      if (previous) asks.unheard(kCaller);
      const auto step = idem::begin(forgotten ? nullptr : record, asks.args(), kNow);
      BeginStep& made = steps.begin[other][previous];
      made.next = idem::after_begin(step.answer);
      if (const auto* acquired = std::get_if<idem::Acquired>(&step.answer)) {
        made.later = acquired->attempt > 1;
      }
      made.after = view_after(record, step.write, step.record);
    }
  }
}

FenceStep StoreTable::released(const Record* record, bool mine) const {
  if (faults_.unfenced_delete) return {View(), false};
  std::optional<Record> seen;
  if (record != nullptr) seen = *record;
  if (seen && faults_.releases_later_attempts) seen->attempt = 1;
  const auto step = idem::release(seen ? &*seen : nullptr, mine ? kHolder : kCaller, kNow);
  return {view_after(record, step.write, step.record), refused(step.answer)};
}

void StoreTable::ask_with_token(const Record* record, bool mine, Steps& steps) const {
  const Token token = mine ? kHolder : kCaller;
  for (const bool error : {false, true}) {
    std::optional<Record> seen;
    if (record != nullptr) seen = *record;
    if (seen && faults_.unfenced_complete) {
      seen->token = token;
      seen->state = State::in_progress;
    }
    const auto step =
        idem::complete(seen ? &*seen : nullptr, token, result(error), terms_.ttl, kNow);
    steps.complete[mine][error] = {view_after(record, step.write, step.record),
                                   idem::after_complete(step.answer),
                                   idem::after_commit(step.answer)};
  }
  const auto asked = [&](const auto& step) {
    return FenceStep{view_after(record, step.write, step.record), refused(step.answer)};
  };
  steps.release[mine] = released(record, mine);
  steps.yield[mine] = asked(idem::yield(record, token, kNow));
  steps.mark_unknown[mine] = asked(idem::mark_unknown(record, token, kNow));
  steps.renew[mine] = asked(idem::renew(record, token, terms_.lease, kNow));
}

void StoreTable::ask_to_resolve(const Record* record, Steps& steps) const {
  for (const bool known : {false, true}) {
    idem::Resolution how;
    if (known) how.result = result(false);
    const auto step = idem::resolve(record, kHolder, how, kNow);
    steps.resolve[known] = {view_after(record, step.write, step.record), refused(step.answer)};
    const auto strange = idem::resolve(record, kCaller, how, kNow);
    if (strange.write) std::abort();  // I6
  }
}

void StoreTable::ask_to_look(const Record* record, Steps& steps) const {
  for (const bool other : {false, true}) {
    const idem::LookupResult found = idem::lookup(record, fingerprint(other), kNow);
    steps.poll[other] = idem::after_poll(found);
    steps.fence_lost[other] = idem::after_fence_lost(found, effects_, terms_.rerun_until);
  }
}

}  // namespace explorer
