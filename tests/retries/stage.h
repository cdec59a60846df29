// Calls on one channel and their users, in virtual time: what the tests of random scripts share.
#pragma once

#include <cpp_lite/channel.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "reference_model.h"
#include "scripted_peer.h"
#include "scripts.h"
#include "support/fake_loop.h"

namespace cpp_lite::retries {

// A call and its user.
class UserCall {
 public:
  UserCall(Channel& channel, Loop& loop, const CallScript& script, int number) : loop_(loop) {
    seen.method = script.method;
    seen.has_key = script.has_key;
    seen.started = loop.now();
    Call call{script.method, Deadline::never(), {}};
    if (script.deadline) {
      seen.deadline = seen.started + *script.deadline;
      call.deadline = seen.deadline;
    }
    if (script.cancel_after) cancel_at_ = seen.started + *script.cancel_after;
    call.options.metadata.add("call", std::to_string(number));
    if (script.has_key) call.options.idempotency_key = "key";
    Bytes request(kMessagePrefix);
    request.push_back(static_cast<std::uint8_t>('a' + number));
    if (script.method->unary()) {
      reply_ = channel.unary(std::move(call), std::move(request));
    } else {
      stream_ = channel.stream(std::move(call));
      written_ = stream_->write(std::move(request));
      closed_ = stream_->close_writes();
    }
  }

  bool over() const { return over_; }
  SteadyTime wants_to_cancel() const { return over_ ? SteadyTime::max() : cancel_at_; }

  // Takes what there is.
  void look() {
    if (over_) return;
    if (!seen.method->unary()) read();
    if (reply_.valid() && reply_.ready()) return take(reply_.take());
    if (cancel_at_ <= loop_.now()) cancel();
  }

  Observed seen;

 private:
  void read() {
    while (!reply_.valid()) {
      if (!next_.valid()) next_ = stream_->read();
      if (!next_.ready()) return;
      std::optional<Bytes> message = next_.take();
      next_ = {};
      if (message) {
        seen.messages.emplace_back(message->begin(), message->end());
      } else {
        reply_ = stream_->finish();
      }
    }
  }

  void take(RawReply reply) {
    over_ = true;
    seen.ended = loop_.now();
    seen.status = reply.status;
    if (seen.method->unary() && reply.status.ok()) {
      seen.messages.emplace_back(reply.message.begin(), reply.message.end());
    }
  }

  void cancel() {
    seen.cancelled = loop_.now();
    cancel_at_ = SteadyTime::max();
    if (stream_ != nullptr) return stream_->cancel();
    over_ = true;
    reply_ = {};
  }

  Loop& loop_;
  SteadyTime cancel_at_ = SteadyTime::max();
  bool over_ = false;
  std::unique_ptr<RawStream> stream_;
  Future<bool> written_, closed_;
  Future<std::optional<Bytes>> next_;
  Future<RawReply> reply_;
};

// The loop, the channel and its users.
class Stage {
 public:
  // Plays a script to its end.
  void run(const Script& script) {
    began_ = loop_->now();
    for (const CallScript& call : script.calls) {
      if (script.rules.shared) {
        pass(call.wait);
        begin(call);
        finish();
      } else {
        begin(call);
        pass(call.wait);
      }
    }
    finish();
  }

 protected:
  ~Stage() = default;
  // Before what the channel uses goes.
  void close() {
    calls_.clear();
    channel_.reset();
    loop_->run_until_idle();
  }
  std::string in_ms(SteadyTime at) const {
    return std::to_string(std::chrono::duration<double, std::milli>(at - began_).count());
  }

  const std::shared_ptr<support::FakeLoop> loop_ = support::FakeLoop::create();
  SteadyTime began_;
  std::shared_ptr<Channel> channel_;
  std::vector<std::unique_ptr<UserCall>> calls_;

 private:
  static constexpr auto kLongest = std::chrono::minutes(30);

  void begin(const CallScript& call) {
    const int number = static_cast<int>(calls_.size());
    calls_.push_back(std::make_unique<UserCall>(*channel_, *loop_, call, number));
    loop_->run_until_idle();
    look();
  }

  // Until every call is over, or for a very long time.
  void finish() {
    const SteadyTime end = loop_->now() + kLongest;
    while (!all_over() && next() <= end) advance_to(next());
  }
  void pass(std::chrono::nanoseconds time) {
    const SteadyTime end = loop_->now() + time;
    while (next() <= end) advance_to(next());
    advance_to(end);
  }

  SteadyTime next() const {
    SteadyTime first = loop_->next_alarm();
    for (const auto& call : calls_) first = std::min(first, call->wants_to_cancel());
    return first;
  }
  void advance_to(SteadyTime when) {
    loop_->advance(std::max(std::chrono::nanoseconds(0), when - loop_->now()));
    look();
  }
  void look() {
    for (const auto& call : calls_) {
      call->look();
      loop_->run_until_idle();
      call->look();
    }
  }
  bool all_over() const {
    return std::all_of(calls_.begin(), calls_.end(), [](const auto& c) { return c->over(); });
  }
};

}  // namespace cpp_lite::retries
