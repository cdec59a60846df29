#include "client/call.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/deadline_rules.h"
#include "wire/causes.h"

namespace cpp_lite::client {
namespace {

using wire::LocalCause;

// RFC 9113 section 7.
constexpr std::uint32_t kNoError = 0;
constexpr std::uint32_t kCancel = 8;

void on_loop_of(const std::shared_ptr<ClientCall>& call, void (*what)(ClientCall&)) {
  if (call->loop()->is_current()) return what(*call);
  call->loop()->post([call, what] { what(*call); });
}

}  // namespace

ClientCall::ClientCall(std::shared_ptr<ChannelCore> core, std::shared_ptr<Loop> loop, Call&& call,
                       SteadyTime deadline, Config config, std::unique_ptr<AttemptMode> mode)
    : loop_(std::move(loop)),
      core_(std::move(core)),
      method_(*call.method),
      mode_(std::move(mode)),
      options_(std::move(call.options)),
      parent_(std::move(options_.parent)),
      deadline_(deadline),
      deadline_timer_(*loop_),
      config_{.config = std::move(config), .method = nullptr, .throttle = nullptr},
      as_a_whole_(mode_ && mode_->as_a_whole),
      outgoing_(core_->retries().memory(), mode_ ? mode_->charge : nullptr),
      incoming_(options_.max_receive_message.value_or(core_->options().max_receive_message)) {}

ClientCall::~ClientCall() = default;

Future<RawReply> ClientCall::make_unary(Bytes request) {
  request_ = std::move(request);
  as_a_whole_ = true;
  detail::Promise<RawReply> promise(loop_);
  promise.on_drop([weak = weak_from_this()] {
    if (const std::shared_ptr<ClientCall> call = weak.lock()) {
      on_loop_of(call, [](ClientCall& self) { self.cancel("its Future was dropped"); });
    }
  });
  Future<RawReply> future = promise.future();
  finisher_.arm(std::move(promise));
  return future;
}

void ClientCall::start(SteadyTime now) {
  if (state_ == State::over) return;
  started_ = true;
  core_->call_started();
  if (mode_) {
    config_ = mode_->config;
  } else {
    config_ = core_->begin(method_, std::move(config_.config));
    if (!config_.refusal.ok()) return fail(config_.refusal, kBadConfig);
    narrow_by_config(now);
  }
  if (!join_parent(now)) return;
  if (deadline_ <= now) return deadline_passed();
  deadline_timer_.start(deadline_, [this] { deadline_passed(); });
  start_idle_timer();
  if (request_) {
    if (!send(std::move(*request_))) return;
    outgoing_.close();
  }
  state_ = State::waiting;
  core_->submit(*this, now);
}

void ClientCall::narrow_by_config(SteadyTime now) {
  if (config_.method == nullptr) return;
  config_.narrow(core_->options(), now, options_, deadline_);
  incoming_ = Incoming(options_.max_receive_message.value_or(core_->options().max_receive_message));
}

// False: the call is over.
bool ClientCall::join_parent(SteadyTime now) {
  if (!parent_) return true;
  hint_ = parent_.retry_hint();
  if (parent_.ended(now)) {
    parent_cancelled();
    return false;
  }
  deadline_ = parent_.narrow(deadline_, now, core_->options().deadline_margin);
  if (!base::is_useful(deadline_, now)) {
    deadline_passed();
    return false;
  }
  // The parent may be in the middle of anything, so never directly.
  parent_.watch([weak = weak_from_this()] {
    if (const std::shared_ptr<ClientCall> call = weak.lock()) {
      call->loop()->post([call] { call->parent_cancelled(); });
    }
  });
  return true;
}

void ClientCall::parent_cancelled() {
  if (state_ != State::over) fail(parent_.status(loop_->now()), kParentEnded);
}

void ClientCall::deadline_passed() { fail(deadline_status(), "deadline"); }

Status ClientCall::deadline_status() const {
  std::string detail(phase());
  if (state_ == State::pausing) {
    const Attempt& last = repetition_->attempts.back();
    detail += "(attempt " + std::to_string(last.number) +
              ", last=" + std::string(to_string(last.code)) + ')';
  }
  if (state_ == State::waiting && core_->balancer().failing()) {
    detail += ", last failure: " + core_->balancer().last_failure().message();
  }
  Status status = wire::local_status(LocalCause::deadline_passed, detail);
  return status.set_phase(std::string(phase()));
}

std::string_view ClientCall::phase() const {
  if (state_ == State::open) return "sent";
  if (state_ == State::pausing) return "backoff";
  return state_ == State::waiting ? core_->balancer().phase() : "queued";
}

void ClientCall::start_idle_timer() {
  const std::chrono::nanoseconds idle = method_.idle_timeout;
  if (idle <= std::chrono::nanoseconds::zero() || idle == kUnbounded || method_.unary()) return;
  last_message_ = loop_->now();
  if (!idle_timer_) idle_timer_.emplace(*loop_);
  idle_timer_->start(Deadline(idle).resolve(last_message_), [this] { check_idle(); });
}

void ClientCall::check_idle() {
  const SteadyTime due = Deadline(method_.idle_timeout).resolve(last_message_);
  if (loop_->now() < due) return idle_timer_->start(due, [this] { check_idle(); });
  fail(wire::local_status(LocalCause::deadline_passed, "no message for the method's idle_timeout"),
       "idle_timeout");
}

void ClientCall::leave_queue() {
  if (!place_) return;
  const WaitingCalls::iterator place = *std::exchange(place_, std::nullopt);
  if (state_ == State::pausing) return core_->resume(place);
  core_->withdraw(place);
}

// A repeated call waits, so that a server that restarts costs delay and not failure.
bool ClientCall::waits_for_ready() const {
  if (repetitions() > 0) return true;
  if (options_.wait_for_ready) return *options_.wait_for_ready;
  if (config_.method != nullptr && config_.method->wait_for_ready) {
    return *config_.method->wait_for_ready;
  }
  return method_.wait_for_ready || core_->options().wait_for_ready;
}

void ClientCall::cancel(std::string_view why) {
  fail(wire::local_status(LocalCause::cancelled, why), "cancelled");
}

void ClientCall::fail(Status status, std::string_view why) {
  if (state_ == State::over) return;
  if (status.phase().empty()) status.set_phase(std::string(phase()));
  const bool between = state_ == State::pausing;
  const bool unheard_of = state_ == State::fresh && mode_ && !started_;  // by anybody
  if (!between && !unheard_of) {
    const Outcome outcome = state_ == State::open ? Outcome::local : Outcome::not_sent;
    note({.outcome = outcome, .status = status}, {.why = why});
  }
  end(std::move(status));
}

void ClientCall::end(Status status) {
  const std::shared_ptr<ClientCall> self = shared_from_this();
  leave_queue();
  if (permit_) last_peer_ = peer();
  leave_stream();
  report(state_ == State::open ? Outcome::local : Outcome::not_sent, status);
  state_ = State::over;
  deadline_timer_.stop();
  if (attempt_timer_) attempt_timer_->stop();
  if (repetition_) repetition_->pause.stop();
  if (idle_timer_) idle_timer_->stop();
  parent_.leave();
  outgoing_.commit();
  add_history(status);
  reply_.status = std::move(status);
  if (started_) core_->call_ended();
  if (mode_) mode_->owner.on_attempt_over(*this);
  tell_everybody();
}

void ClientCall::leave_stream() {
  if (connection_ == nullptr) return;
  h2::Connection& connection = *std::exchange(connection_, nullptr);
  const std::int32_t stream = std::exchange(stream_, 0);
  // A stream that both sides have ended goes by itself.
  if (peer_ended_ && outgoing_.closed() && connection.queued(stream) == 0) return;
  connection.reset(stream, peer_ended_ ? kNoError : kCancel);
}

// Each step may run code of the user's.
void ClientCall::tell_everybody() {
  if (writer_.pending()) writer_.set(false);
  serve_header_reader();
  serve_reader();
  serve_finisher();
}

}  // namespace cpp_lite::client
