// HedgedCall, what its user asks of it: kept here until an attempt is chosen, and for those that
// follow.
#include <string>
#include <utility>

#include "client/hedged_call.h"
#include "wire/causes.h"

namespace cpp_lite::client {

Future<RawReply> HedgedCall::make_unary(Bytes request) {
  request_ = std::move(request);
  closed_ = true;
  as_a_whole_ = true;
  detail::Promise<RawReply> promise(loop_);
  promise.on_drop([weak = weak_from_this()] {
    const std::shared_ptr<HedgedCall> call = weak.lock();
    if (call == nullptr) return;
    const auto cancel = [call] { call->cancel("its Future was dropped"); };
    call->loop()->is_current() ? cancel() : call->loop()->post(cancel);
  });
  Future<RawReply> future = promise.future();
  finisher_.arm(std::move(promise));
  return future;
}

// ---- Towards the peers.

// False: the call is over.
bool HedgedCall::take_request() {
  Bytes request = *std::exchange(request_, std::nullopt);
  if (Status bad = core_->frame(options_, request); !bad.ok()) {
    fail(std::move(bad), kUnsendable);
    return false;
  }
  if (!keep(request.size())) decider_->stop("too large to be kept");
  messages_.emplace_back(std::move(request));
  return true;
}

bool HedgedCall::keep(std::size_t bytes) {
  size_ += bytes;
  return charge_->cover(size_);
}

void HedgedCall::write(Bytes message, detail::Promise<bool> done) {
  if (const std::optional<bool> now = try_write(std::move(message))) return done.set(*now);
  wait_for_room(std::move(done));
}

std::optional<bool> HedgedCall::try_write(Bytes message) {
  const std::shared_ptr<HedgedCall> self = shared_from_this();
  start(loop_->now());  // it may still be on its way to the loop
  if (chosen_ != nullptr) return chosen_->try_write(std::move(message));
  if (closed_) return false;
  if (Status bad = core_->frame(options_, message); !bad.ok()) {
    fail(std::move(bad), kUnsendable);
    return false;
  }
  h2::Body framed(std::move(message));
  if (!keep(framed.size())) {
    choose_for_want_of_memory();
    return chosen_->try_write_framed(std::move(framed));
  }
  for (const Attempted& attempt : std::vector<Attempted>(under_way_)) {
    (void)attempt->try_write_framed(framed.share());
  }
  if (!decider_->finished()) messages_.push_back(std::move(framed));
  return chosen_ == nullptr;
}

void HedgedCall::wait_for_room(detail::Promise<bool> done) {
  chosen_->wait_for_room(std::move(done));  // before that there always is room
}

bool HedgedCall::close_writes() {
  if (chosen_ != nullptr) return chosen_->close_writes();
  closed_ = true;
  for (const Attempted& attempt : std::vector<Attempted>(under_way_)) {
    (void)attempt->close_writes();
  }
  return true;
}

// ---- From the peer that is chosen.

std::optional<std::optional<Bytes>> HedgedCall::try_read() {
  if (chosen_ != nullptr) return chosen_->try_read();
  return std::nullopt;
}

void HedgedCall::read(detail::Promise<std::optional<Bytes>> next) {
  if (chosen_ != nullptr) return chosen_->read(std::move(next));
  if (!reader_.pending()) return reader_.arm(std::move(next));
  core_->misused(method_, "two reads");
  next.set(std::nullopt);
}

void HedgedCall::headers(detail::Promise<Metadata> headers) {
  if (chosen_ != nullptr) return chosen_->headers(std::move(headers));
  if (!header_reader_.pending()) return header_reader_.arm(std::move(headers));
  core_->misused(method_, "two waits for headers");
  headers.set();
}

void HedgedCall::finish(detail::Promise<RawReply> reply) {
  if (chosen_ != nullptr) return chosen_->finish(std::move(reply));
  if (finisher_.pending()) {
    core_->misused(method_, "two finishes");
    return reply.set(RawReply{Status(Code::internal, "finish() is pending already")});
  }
  finisher_.arm(std::move(reply));
  (void)close_writes();
}

}  // namespace cpp_lite::client
