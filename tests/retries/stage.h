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

inline std::string kind_of(const Method& method) {
  if (method.unary()) return ", unary";
  if (!method.client_streams) return ", server streaming";
  return method.server_streams ? ", bidi" : ", client streaming";
}

// A call and its user.
class UserCall {
 public:
  UserCall(Channel& channel, Loop& loop, const CallScript& script, int number)
      : loop_(loop), letter_(static_cast<char>('a' + number)), pauses_(script.pauses) {
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
    if (!script.method->client_streams) pauses_.push_back({});
    if (script.method->unary()) {
      reply_ = channel.unary(std::move(call), next_message());
      note_message();
      seen.closed = seen.started;
    } else {
      stream_ = channel.stream(std::move(call));
      write_at_ = seen.started;
      write();
    }
  }

  bool over() const { return over_; }
  // When this user does something next.
  SteadyTime next_step() const {
    return over_ ? SteadyTime::max() : std::min(cancel_at_, write_at_);
  }

  // Takes what there is, and does what is due.
  void look() {
    if (over_) return;
    write();
    if (!seen.method->unary()) read();
    if (reply_.valid() && reply_.ready()) return take(reply_.take());
    if (cancel_at_ <= loop_.now()) cancel();
  }

  Observed seen;

 private:
  // The letter of the call, once more than in the message before.
  Bytes next_message() const {
    Bytes message(kMessagePrefix);
    message.insert(message.end(), seen.written.size() + 1, static_cast<std::uint8_t>(letter_));
    return message;
  }
  void note_message() {
    const std::string text(seen.written.size() + 1, letter_);
    seen.written.push_back({loop_.now(), {0, 0, 0, 0, static_cast<char>(text.size())}});
    seen.written.back().message += text;
  }

  void write() {
    while (write_at_ <= loop_.now()) {
      const std::size_t done = seen.written.size();
      const bool ends = done == pauses_.size();
      Future<bool> taken = ends ? stream_->close_writes() : stream_->write(next_message());
      write_at_ = SteadyTime::max();
      if (taken.ready() && !taken.take()) return;
      if (ends) {
        seen.closed = loop_.now();
      } else {
        note_message();
        write_at_ = loop_.now() + pauses_[done];
      }
    }
  }

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
  const char letter_;
  std::vector<std::chrono::nanoseconds> pauses_;  // behind each message
  SteadyTime write_at_ = SteadyTime::max();
  SteadyTime cancel_at_ = SteadyTime::max();
  bool over_ = false;
  std::unique_ptr<RawStream> stream_;
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
    for (const auto& call : calls_) first = std::min(first, call->next_step());
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
