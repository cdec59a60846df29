#include "client/hedged_call.h"

#include <algorithm>
#include <utility>

#include "base/deadline_rules.h"
#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

using policy::HedgeStep;
using wire::LocalCause;

constexpr std::string_view kAnotherWon = "cancelled: another one won";
constexpr std::string_view kCallEnded = "cancelled: the call ended";
constexpr std::string_view kTooLarge = "cancelled: the request is too large to be kept";

std::string verdict_before(const HedgeStep& step) {
  const std::string why(step.why);
  if (step.action == HedgeStep::Action::send) return "repeated: not fatal";
  if (step.action == HedgeStep::Action::deliver) return "stopped: " + why;
  if (step.until != SteadyTime::max()) return "repeated: after the pause that the server asks for";
  return "left to the others: " + why;
}

}  // namespace

HedgedCall::HedgedCall(std::shared_ptr<ChannelCore> core, std::shared_ptr<Loop> loop, Call call,
                       SteadyTime deadline, CallPlan plan)
    : loop_(std::move(loop)),
      core_(std::move(core)),
      method_(*call.method),
      policy_(*plan.hedging),
      options_(std::move(call.options)),
      parent_(std::move(options_.parent)),
      deadline_(deadline),
      config_{.config = std::move(plan.config), .method = nullptr, .throttle = nullptr},
      timer_(*loop_) {}

HedgedCall::~HedgedCall() = default;

// ---- From the beginning to the choice.

void HedgedCall::start(SteadyTime now) {
  if (!begin()) return;
  if (!config_.refusal.ok()) return fail(config_.refusal, kBadConfig);
  if (parent_.ended(now)) return fail(parent_.status(now), kParentEnded);
  if (request_ && !take_request()) return;
  planned_at_ = now;
  go_on();
}

// What must be there before anything can happen, be it the end. False: it was there.
bool HedgedCall::begin() {
  if (std::exchange(started_, true)) return false;
  const SteadyTime now = loop_->now();
  core_->call_started();
  place_ = core_->hold(shared_from_this());
  ChannelRetries& retries = core_->retries();
  charge_ = std::make_shared<ReplayCharge>(retries.memory());
  config_ = core_->begin(method_, std::move(config_.config));
  config_.narrow(core_->options(), now, options_, deadline_);
  join_parent(now);
  decider_.emplace(retries.timed(method_, policy_), config_.throttle, retries.budget(),
                   retries.extra_load(), deadline_);
  return true;
}

void HedgedCall::join_parent(SteadyTime now) {
  if (!parent_ || parent_.ended(now)) return;
  deadline_ = parent_.narrow(deadline_, now, core_->options().deadline_margin);
  if (!base::is_useful(deadline_, now)) deadline_ = now;  // the first attempt fails of it
  parent_.watch([weak = weak_from_this()] {
    const std::shared_ptr<HedgedCall> call = weak.lock();
    if (call == nullptr) return;
    call->loop()->post([call] {
      if (call->place_) call->fail(call->parent_.status(call->loop_->now()), kParentEnded);
    });
  });
}

void HedgedCall::go_on() {
  const std::shared_ptr<HedgedCall> self = shared_from_this();
  while (chosen_ == nullptr && follow(decider_->next(loop_->now()))) {
  }
}

// True: there may be more to do.
bool HedgedCall::follow(const HedgeStep& step) {
  switch (step.action) {
    case HedgeStep::Action::send:
      send_attempt();
      return true;
    case HedgeStep::Action::wait:
      timer_.start(step.until, [this] { go_on(); });
      return false;
    case HedgeStep::Action::deliver:
      attempts_.back().verdict = verdict_before(step);  // it may have hoped for another one
      end_with(last_, kCallEnded);
      return false;
  }
  return false;
}

// Any step may end the attempt, and with it the call.
void HedgedCall::send_attempt() {
  timer_.stop();
  const Attempted call = new_attempt();
  under_way_.push_back(call);
  for (h2::Body& message : messages_) (void)call->try_write_framed(message.share());
  if (decider_->finished()) messages_.clear();
  if (closed_) (void)call->close_writes();
  call->start(loop_->now());
}

HedgedCall::Attempted HedgedCall::new_attempt() {
  const SteadyTime now = loop_->now();
  auto mode = std::make_unique<AttemptMode>(AttemptMode{
      .owner = *this,
      .config = config_,
      .charge = charge_,
      .as_a_whole = as_a_whole_,
      .previous_attempts = std::max(0, decider_->attempts() - 1),
      .number = next_number(),
      .delay = now - planned_at_,
  });
  return std::make_shared<ClientCall>(core_, loop_, Call{&method_, Deadline::never(), options_},
                                      deadline_, nullptr, std::move(mode));
}

bool HedgedCall::last_permitted() const {
  return chosen_ != nullptr || decider_->last_permitted(loop_->now());
}

// Also when it is repeated for free.
bool HedgedCall::is_first(ClientCall& attempt) { return attempt.mode().previous_attempts == 0; }

bool HedgedCall::may_repeat_refused() { return !std::exchange(refused_once_, true); }

void HedgedCall::on_attempt_sent(ClientCall& call, std::string_view peer) {
  endpoints_.emplace_back(peer);
  if (std::exchange(call.mode().sent, true)) return;
  if (++sent_ == 1) first_sent_at_ = loop_->now();
  if (chosen_ != nullptr) return;
  planned_at_ = loop_->now();
  decider_->sent(planned_at_);
  go_on();
}

void HedgedCall::on_response_begun(ClientCall& call) {
  if (chosen_ != nullptr) return;
  const std::shared_ptr<HedgedCall> self = shared_from_this();
  choose(call.shared_from_this(), kAnotherWon);
  hand_over();
}

void HedgedCall::on_attempt_over(ClientCall& call) {
  const std::shared_ptr<HedgedCall> self = shared_from_this();
  const Attempted ended = call.shared_from_this();
  std::erase(under_way_, ended);
  if (chosen_ == nullptr) return settle(ended);
  record(ended, ended == chosen_ ? "" : losers_);
  if (ended == chosen_) conclude();
}

void HedgedCall::settle(const Attempted& ended) {
  const std::optional<policy::AttemptEnd>& end = ended->mode().end;
  if (!end) return end_with(ended, kCallEnded);
  policy::HedgeVerdict verdict = decider_->ended(*end, loop_->now());
  if (core_->is_shut_down()) verdict = {true, "the channel is closed"};
  if (verdict.ends_call) {
    const bool won = end->outcome == Outcome::ok;
    record(ended, won ? "won" : "stopped: " + std::string(verdict.why));
    return end_with(ended, won ? kAnotherWon : kCallEnded);
  }
  if (is_first(*ended)) first_sent_at_.reset();
  const bool unsent = end->outcome == Outcome::not_sent && !end->pick_failed;
  if (!unsent || last_ == nullptr) last_ = ended;  // as for ClientCall::end_as_before()
  planned_at_ = loop_->now();
  const HedgeStep step = decider_->next(planned_at_);
  record(ended, verdict_before(step));
  if (follow(step)) go_on();
}

// ---- The choice, and the end.

// Empty: what the attempt says by itself.
void HedgedCall::record(const Attempted& ended, std::string_view verdict) {
  std::vector<Attempt> attempts = std::exchange(ended->mode().attempts, {});
  if (attempts.empty()) return;
  Attempt& last = attempts.back();
  if (!verdict.empty()) last.verdict = verdict;
  if (last.verdict.empty() && last.outcome == Outcome::ok) last.verdict = "won";
  ended->tell_hook(last);
  std::ranges::move(attempts, std::back_inserter(attempts_));
}

// With an attempt that is over. Runs code of the user's.
void HedgedCall::end_with(const Attempted& ended, std::string_view losers) {
  choose(ended, losers);
  conclude();
  hand_over();
}

void HedgedCall::choose(const Attempted& chosen, std::string_view losers) {
  chosen_ = chosen;
  losers_ = losers;
  if (losers == kAnotherWon && first_sent_at_) {
    core_->retries().note_latency(method_, loop_->now() - *first_sent_at_);
  }
  timer_.stop();
  messages_.clear();
  charge_.reset();
  std::erase(under_way_, chosen);
  for (const Attempted& loser : std::exchange(under_way_, {})) loser->cancel(losers);
}

// docs/rules.md R22. All attempts that have a stream have sent the same.
void HedgedCall::choose_for_want_of_memory() {
  if (under_way_.empty()) return end_with(last_, kCallEnded);
  const auto sent = std::ranges::find_if(
      under_way_, [](const Attempted& attempt) { return attempt->mode().sent; });
  choose(sent == under_way_.end() ? under_way_.front() : *sent, kTooLarge);
  hand_over();
}

// The chosen attempt is over.
void HedgedCall::conclude() {
  parent_.leave();
  std::ranges::sort(attempts_, {}, &Attempt::number);
  const bool plain = attempts_.size() == 1 && attempts_[0].outcome == Outcome::ok;
  if (plain) attempts_.clear();  // as of any call
  chosen_->conclude(std::move(attempts_), sent_);
  core_->call_ended();
  if (place_) core_->let_go(*std::exchange(place_, std::nullopt));
}

// What the user asked for meanwhile.
void HedgedCall::hand_over() {
  const Attempted chosen = chosen_;
  if (header_reader_.pending()) chosen->headers(header_reader_.take());
  if (reader_.pending()) chosen->read(reader_.take());
  if (finisher_.pending()) chosen->finish(finisher_.take());
}

void HedgedCall::fail(Status status, std::string_view why) {
  (void)begin();  // its start may still be on its way to the loop
  if (chosen_ != nullptr) return chosen_->fail(std::move(status), why);
  const std::shared_ptr<HedgedCall> self = shared_from_this();
  choose(under_way_.empty() ? new_attempt() : under_way_.front(), kCallEnded);
  chosen_->fail(std::move(status), why);
  hand_over();
}

void HedgedCall::cancel(std::string_view why) {
  fail(wire::local_status(LocalCause::cancelled, why), "cancelled");
}

}  // namespace cpp_lite::client
