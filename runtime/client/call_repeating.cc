// ClientCall, from attempt to attempt: what is known when one is over, and what follows.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "client/call.h"
#include "policy/way_codes.h"
#include "wire/causes.h"
#include "wire/retry_hints.h"

namespace cpp_lite::client {

using wire::local_status;
using wire::LocalCause;

namespace {

Status as_internal(const Status& status) {
  const std::string was(to_string(status.code()));
  Status internal(Code::internal, was + " on the way to the server: " + status.message());
  return internal.set_phase(std::string(status.phase()));
}

void tell_attempts(Status& status, std::vector<Attempt> attempts) {
  if (attempts.empty()) return;
  const auto proven = [](const Attempt& attempt) {
    return attempt.outcome == Outcome::not_sent || attempt.outcome == Outcome::refused ||
           attempt.outcome == Outcome::declared;
  };
  status.set_not_executed(std::all_of(attempts.begin(), attempts.end(), proven));
  status.set_attempts(std::move(attempts));
}

}  // namespace

// Nothing is repeated once the user may have seen something of the response: docs/rules.md R14, and
// COMMITTED for calls that are safe to repeat and show nothing before the end.
bool ClientCall::holds_back_response() const {
  if (!as_a_whole_ || method_.safety == Safety::unsafe) return false;
  return core_->options().retries && !method_.no_retry;
}

Repetition& ClientCall::repetition() {
  if (!repetition_) {
    ChannelRetries& retries = core_->retries();
    const bool has_key = !options_.idempotency_key.empty();
    policy::RetryRules rules = retries.rules(method_, config_, has_key);
    if (mode_) rules.disabled = true;
    rules.hint = hint_;
    repetition_ = std::make_unique<Repetition>(*loop_, rules, config_.throttle, retries);
  }
  return *repetition_;
}

// The stream ended, and nobody said how the call did.
void ClientCall::lost(Status status, bool timed_out) {
  if (status.phase().empty() && status.origin() == Origin::local) status.set_phase("sent");
  const bool committed = head_read_ && !holds_back_response();
  attempt_over({.outcome = committed ? Outcome::committed : Outcome::lost,
                .status = std::move(status),
                .timed_out = timed_out});
}

void ClientCall::pick_failed(Status status) {
  if (state_ != State::waiting) return;
  if (status.phase().empty()) status.set_phase(std::string(phase()));
  if (policy::is_of_applications(status.code())) status = as_internal(status);
  attempt_over({.outcome = Outcome::not_sent, .status = std::move(status), .pick_failed = true});
}

void ClientCall::strand() {
  if (state_ != State::waiting) return;
  // A call without attempts may go anywhere.
  end_as_before(repetition_->last, "its endpoint is gone");
}

// The attempt that is due cannot be made, which says nothing of the call: those before it do.
void ClientCall::end_as_before(const Status& unsent, std::string_view why) {
  note({.outcome = Outcome::not_sent, .status = unsent}, {.why = why});
  end(Status(repetition_->last));
}

// The way of every attempt that failed by itself; fail() is that of a call which this side ends.
void ClientCall::attempt_over(AttemptOver over) {
  const std::shared_ptr<ClientCall> self = shared_from_this();
  const bool late = deadline_ <= heard_at();
  leave_queue();
  last_peer_ = peer();
  leave_stream();
  report(over.outcome, over.status);
  const bool executed = over.outcome == Outcome::rejected || over.outcome == Outcome::lost;
  if (executed && !mode_ && !outgoing_.replayable()) over.outcome = Outcome::committed;
  if (late) over.status = deadline_status();  // row 1, docs/rules.md D10
  const policy::Verdict verdict = judge(over);
  note(over, verdict);
  if (verdict.stops()) return end(std::move(over.status));
  repeat(verdict, std::move(over.status));
}

// Of the end that is being told, as far as the peer gave it.
SteadyTime ClientCall::heard_at() const {
  return connection_ != nullptr ? connection_->heard_at() : loop_->now();
}

void ClientCall::succeeded(Status status) {
  if (deadline_ <= heard_at()) return deadline_passed();
  report(Outcome::ok, status);
  if (config_.throttle) config_.throttle->succeeded();
  if (repetition_ || mode_ || core_->options().on_attempt) {
    note({.outcome = Outcome::ok}, {});
  }
  end(std::move(status));
}

// What the guards of the endpoint learn from the attempt, if there are any. An endpoint that drains
// is well, and of what ends on this side only the deadline tells something.
void ClientCall::report(Outcome outcome, const Status& status) {
  if (!permit_) return;
  const bool unseen = outcome == Outcome::not_sent || outcome == Outcome::refused;
  const bool ours = outcome == Outcome::local && status.code() != Code::deadline_exceeded;
  policy::Judgement judgement = policy::Judgement::ignored;
  if (!unseen && !ours) {
    judgement =
        policy::judge({.status = status, .headers = reply_.headers, .trailers = reply_.trailers});
  }
  core_->guards().report(peer(), *std::exchange(permit_, std::nullopt), judgement);
}

// Row 1 of docs/rules.md is here: what concerns the call and not its attempts.
policy::Verdict ClientCall::judge(const AttemptOver& over) {
  const SteadyTime now = loop_->now();
  if (core_->is_shut_down()) return {.why = "the channel is closed"};
  if (deadline_ <= now) return {.why = "deadline"};
  if (!outgoing_.replayable()) return {.why = "committed"};
  if (mode_ && over.outcome == Outcome::refused && !mode_->owner.may_repeat_refused()) {
    return {.why = "refused again"};
  }
  const auto left = deadline_ == SteadyTime::max() ? kUnbounded : deadline_ - now;
  return repetition().decider.decide(evidence(over), left, now);
}

policy::AttemptEnd ClientCall::evidence(const AttemptOver& over) const {
  return {.outcome = over.outcome,
          .code = over.status.code(),
          .attempt_timed_out = over.timed_out,
          .pick_failed = over.pick_failed,
          .store_shown = !store_.id().empty(),
          .pushback = over.pushback,
          .retry_info = wire::retry_info(over.status)};
}

void ClientCall::note(const AttemptOver& over, const policy::Verdict& verdict) {
  std::string words;
  if (over.outcome != Outcome::ok) {
    words = verdict.stops() ? "stopped: " : "repeated: ";
    words += verdict.why;
  }
  Attempt attempt = describe(over, std::move(words));
  if (mode_) {
    mode_->attempts.push_back(attempt);
    mode_->end = evidence(over);
  }
  if (!mode_ || !verdict.stops()) tell_hook(attempt);  // else its owner judges it first
  if (over.outcome == Outcome::ok && !repetition_) return;
  Repetition& repetition = this->repetition();
  repetition.has_failed_at(attempt.peer);
  const bool executed = over.outcome == Outcome::rejected || over.outcome == Outcome::lost;
  if (executed && repetition.executed_at.empty()) {  // the first place is the one that counts
    repetition.executed_at = attempt.peer;
    repetition.store = store_.id();
  }
  repetition.attempts.push_back(std::move(attempt));
}

// Never from here: the user's code may do anything to this call.
void ClientCall::tell_hook(const Attempt& attempt) const {
  if (!core_->options().on_attempt) return;
  loop_->post(
      [core = core_, &method = method_, attempt] { core->options().on_attempt(method, attempt); });
}

Attempt ClientCall::describe(const AttemptOver& over, std::string verdict) const {
  Attempt attempt;
  const SteadyTime now = loop_->now();
  attempt.outcome = over.outcome;
  attempt.code = over.status.code();
  if (mode_) {
    attempt.number = mode_->number;
    attempt.previous_attempts = mode_->previous_attempts;
    attempt.delay = mode_->delay;
  } else if (repetition_) {
    attempt.number = static_cast<int>(repetition_->attempts.size()) + 1;
    attempt.previous_attempts = previous_attempts_;
    attempt.delay = repetition_->delay;
  }
  if (state_ == State::open) {
    attempt.peer = peer();
    attempt.bytes_sent = bytes_sent_;
    attempt.elapsed = now - picked_at_;
  }
  if (deadline_ != SteadyTime::max()) {
    attempt.remaining = std::max(deadline_ - now, std::chrono::nanoseconds(0));
  }
  attempt.verdict = std::move(verdict);
  return attempt;
}

void ClientCall::repeat(const policy::Verdict& verdict, Status last) {
  forget_attempt();
  repetition_->last = std::move(last);
  repetition_->delay = verdict.delay;
  if (mode_) {
    mode_->number = mode_->owner.next_number();
    mode_->delay = {};
  }
  if (verdict.action == policy::Verdict::Action::now) {
    state_ = State::waiting;
    return core_->submit(*this, loop_->now());
  }
  state_ = State::pausing;
  place_ = core_->pause(shared_from_this());
  repetition_->pause.start(loop_->now() + verdict.delay, [this] {
    const std::shared_ptr<ClientCall> self = shared_from_this();
    leave_queue();
    state_ = State::waiting;
    core_->submit(*this, loop_->now());
  });
}

// The next attempt begins from nothing.
void ClientCall::forget_attempt() {
  if (attempt_timer_) attempt_timer_->stop();
  if (idle_timer_) idle_timer_->stop();
  head_read_ = false;
  peer_ended_ = false;
  http_status_ = 0;
  incoming_.restart();
  reply_.headers = {};
  reply_.trailers = {};
}

// docs/rules.md, row 16 and "Several endpoints".
Wish ClientCall::wish() const {
  if (mode_) return {.beside = mode_->owner.endpoints()};
  if (!repetition_) return {};
  if (method_.safety == Safety::keyed && !repetition_->executed_at.empty()) {
    return {.only = repetition_->executed_at, .store = repetition_->store};
  }
  const std::vector<std::string>& failed = repetition_->failed_at;
  if (failed.empty()) return {};
  return {.beside = failed, .avoid = failed.back()};
}

// For grpc-previous-rpc-attempts.
int ClientCall::repetitions() const {
  if (mode_) return mode_->previous_attempts;
  return repetition_ ? repetition_->decider.previous_attempts() : 0;
}

bool ClientCall::last_permitted() {
  if (mode_) return mode_->owner.last_permitted();
  const SteadyTime now = loop_->now();
  const auto left = deadline_ == SteadyTime::max() ? kUnbounded : deadline_ - now;
  return repetition().decider.last_permitted(now, !store_.id().empty(), left);
}

// docs/rules.md D15.
void ClientCall::start_attempt_timer() {
  if (method_.attempt_timeout <= std::chrono::nanoseconds::zero()) return;
  if (last_permitted()) return;
  if (!attempt_timer_) attempt_timer_.emplace(*loop_);
  attempt_timer_->start(loop_->now() + method_.attempt_timeout, [this] {
    core_->suspect(peer());
    if (last_permitted()) return;  // by now: time has passed, others have used up the budget
    lost(local_status(LocalCause::deadline_passed, "that of the attempt"), true);
  });
}

// What the user can learn from how the call ended.
void ClientCall::add_history(Status& status) {
  if (!options_.idempotency_key.empty()) status.set_idempotency_key(options_.idempotency_key);
  if (repetition_ && !mode_) tell_attempts(status, std::move(repetition_->attempts));
}

void ClientCall::conclude(std::vector<Attempt> attempts, int count) {
  if (attempts.empty()) reply_.status.set_not_executed(true);  // nothing, if it is OK
  tell_attempts(reply_.status, std::move(attempts));
  reply_.attempts = count;
}

}  // namespace cpp_lite::client
