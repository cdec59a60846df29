// ClientCall, the way to the peer: opening the stream, messages, half-close.
#include <string>
#include <utility>

#include "client/call.h"
#include "wire/causes.h"
#include "wire/headers.h"
#include "wire/retry_hints.h"
#include "wire/timeout.h"

namespace cpp_lite::client {

// Null: they are too many; the call has ended, or is about to be repeated.
const h2::HeaderList* ClientCall::write_headers(const h2::Connection& connection, SteadyTime now) {
  const std::size_t longest = connection.longest_list();
  if (const h2::HeaderList* plain = plain_headers(longest, now)) return plain;
  wire::RequestFields request;
  request.path = method_.path;
  request.authority = options_.authority.empty() ? core_->options().authority : options_.authority;
  if (core_->options().tls != nullptr) request.scheme = "https";
  request.user_agent = core_->user_agent();
  request.encoding = core_->encoding(options_);
  request.metadata = &options_.metadata;
  request.previous_attempts = static_cast<std::uint32_t>(previous_attempts_);
  if (deadline_ != SteadyTime::max()) request.timeout = wire::rounded_timeout(deadline_ - now);
  wire::FieldWriter& fields = core_->writer();
  wire::write_request(fields, request);
  // Should another server stand behind the address by now, it is to refuse the call.
  if (const Wish wanted = wish(); !wanted.store.empty()) {
    fields.add(wire::kStoreName, wanted.store);
  }
  if (Status bad = wire::check_list(fields, longest); !bad.ok()) {
    unsendable(bad);
    return nullptr;
  }
  h2::HeaderList& headers = core_->header_list();
  fields.append_to(headers);
  return &headers;
}

// Of a call that says nothing of its own but how long it may take; else null.
const h2::HeaderList* ClientCall::plain_headers(std::size_t longest, SteadyTime now) const {
  if (mode_ || repetition_ || deadline_ == SteadyTime::max()) return nullptr;
  if (!options_.metadata.empty() || !options_.authority.empty()) return nullptr;
  if (core_->encoding(options_) != wire::Encoding::identity) return nullptr;
  return core_->plain_head().list(method_.path, deadline_ - now, longest);
}

void ClientCall::open(h2::Connection& connection, SteadyTime now) {
  if (deadline_ <= now) return deadline_passed();
  previous_attempts_ = repetitions();
  const h2::HeaderList* const headers = write_headers(connection, now);
  if (headers == nullptr) return;

  state_ = State::open;
  connection_ = &connection;
  picked_at_ = now;
  bytes_sent_ = 0;
  if (method_.safety == Safety::keyed) {
    store_ = StoreInSight(core_->stores().meet(connection), core_->stores().of(connection.peer()));
  }
  stream_ = connection.open(*headers, shared_from_this());
  if (stream_ == 0) {
    last_peer_ = connection.peer();
    connection_ = nullptr;
    return attempt_over({.outcome = Outcome::not_sent,
                         .status = wire::local_status(wire::LocalCause::connection_lost,
                                                      "no stream can be opened")});
  }
  reply_.attempts = previous_attempts_ + 1;
  start_attempt_timer();
  start_idle_timer();
  send_waiting();
  if (mode_ && state_ == State::open) mode_->owner.on_attempt_sent(*this, peer());
}

// An attempt may carry more headers than the first one did, and another server take fewer.
void ClientCall::unsendable(const Status& why) {
  if (repetition_ && !repetition_->attempts.empty()) return end_as_before(why, kUnsendable);
  fail(why, kUnsendable);
}

// What was written before there was a stream.
void ClientCall::send_waiting() {
  outgoing_.start([this](h2::Body message, bool last) {
    bytes_sent_ += message.size();
    connection_->send_data(stream_, std::move(message), last);
  });
  on_writable();
}

void ClientCall::write(Bytes message, detail::Promise<bool> done) {
  if (const std::optional<bool> now = try_write(std::move(message))) return done.set(*now);
  wait_for_room(std::move(done));
}

std::optional<bool> ClientCall::try_write(Bytes message) {
  if (writer_.pending()) {
    core_->misused(method_, "two writes");
    return false;
  }
  if (!send(std::move(message))) return false;
  if (has_room()) return true;
  return std::nullopt;
}

std::optional<bool> ClientCall::try_write_framed(h2::Body message) {
  if (!may_send()) return false;
  send_framed(std::move(message));
  if (has_room()) return true;
  return std::nullopt;
}

bool ClientCall::send(Bytes message) {
  if (!may_send()) return false;
  if (Status status = core_->frame(options_, message); !status.ok()) {
    fail(std::move(status), kUnsendable);
    return false;
  }
  send_framed(std::move(message));
  return true;
}

void ClientCall::send_framed(h2::Body message) {
  if (idle_timer_) last_message_ = loop_->now();
  if (state_ == State::open) {
    bytes_sent_ += message.size();
    connection_->send_data(stream_, outgoing_.sent(std::move(message)), false);
  } else {
    outgoing_.add(std::move(message));
  }
}

bool ClientCall::close_writes() {
  if (state_ == State::over) return false;
  if (outgoing_.closed()) return true;
  outgoing_.close();
  if (state_ == State::open) connection_->send_data(stream_, {}, true);
  return true;
}

bool ClientCall::has_room() const {
  const std::size_t queued =
      state_ == State::open ? connection_->queued(stream_) : outgoing_.size();
  return queued <= core_->options().send_buffer;
}

void ClientCall::on_writable() {
  if (writer_.pending() && has_room()) writer_.set(true);
}

}  // namespace cpp_lite::client
