// ClientCall, the way from the peer: headers, messages, status. Completing an operation may run any
// code of the user's, and may end and free the call: it is always the last thing done.
#include <string>
#include <utility>

#include "client/call.h"
#include "wire/causes.h"
#include "wire/headers.h"
#include "wire/metadata_fields.h"
#include "wire/retry_hints.h"
#include "wire/trailers.h"

namespace cpp_lite::client {
namespace {

constexpr std::string_view kUnusable = "the response is unusable";

// What a block says, for all that are like it: a server's answers mostly are.
struct KnownBlock {
  std::optional<wire::ResponseHead> head = {};  // of headers, without metadata, that more follows
  std::string_view store = {};                  // with it; in the block's memory
  bool all_is_well = false;                     // trailers that say OK and nothing else
};

const KnownBlock* known(h2::HeaderBlock& block) {
  if (block.size() == 0 || block.variations() > 0) return nullptr;
  return static_cast<const KnownBlock*>(block.note().get());
}

void remember(h2::HeaderBlock& block, KnownBlock what) {
  if (block.size() > 0 && block.variations() == 0) {
    block.note() = std::make_shared<KnownBlock>(std::move(what));
  }
}

}  // namespace

using wire::local_status;
using wire::LocalCause;

void ClientCall::on_headers(h2::HeaderBlock block, bool end_stream) {
  if (state_ != State::open) return;
  peer_ended_ = end_stream;
  if (block.over_limit) return fail(local_status(LocalCause::header_list_too_large), kUnusable);
  if (head_read_) {
    read_trailers(block, end_stream);
  } else {
    read_head(block, end_stream);
  }
}

void ClientCall::read_head(h2::HeaderBlock& block, bool end_stream) {
  if (const KnownBlock* alike = known(block); alike != nullptr && alike->head && !end_stream) {
    note_store(*alike->head, alike->store);
    return begin_response(*alike->head);
  }
  wire::ResponseHead head = wire::read_response(block, end_stream);
  if (head.informational) return;
  Status readable = wire::read_metadata(block, end_stream ? reply_.trailers : reply_.headers);
  const wire::RetryHints hints = wire::read_retry_hints(block);
  note_store(head, hints.store);
  http_status_ = head.http_status;
  if (head.over) {
    const bool told = head.over->ok() || head.over->origin() == Origin::peer;
    Status status = final_status(std::move(*head.over));
    if (!told && end_stream && http_status_ == 200) return lost(std::move(status));
    return ended_by_peer(std::move(status), true, hints);
  }
  if (!readable.ok()) return fail(std::move(readable), kUnusable);
  if (reply_.headers.empty()) remember(block, {.head = head, .store = hints.store});
  begin_response(head);
}

void ClientCall::begin_response(const wire::ResponseHead& head) {
  http_status_ = head.http_status;
  head_read_ = true;
  incoming_.set_encoding(head.encoding);
  if (attempt_timer_) attempt_timer_->stop();
  if (!single_response()) report(Outcome::ok, Status());  // a stream may be long
  const bool shown = !holds_back_response();
  if (shown) outgoing_.commit();
  serve_header_reader();
  if (mode_ && shown) mode_->owner.on_response_begun(*this);
}

// docs/rules.md, "Several endpoints": a server that knows keys shows its store in every reply.
// Errors that something in between made say nothing of the server, and an attempt that ends with
// one proves nothing.
void ClientCall::note_store(const wire::ResponseHead& head, std::string_view id) {
  const bool of_server = !head.over || head.over->ok() || head.over->origin() == Origin::peer;
  if (of_server) core_->stores().note(*connection_, id);
  if (head.over) store_.settle(id);
}

void ClientCall::read_trailers(h2::HeaderBlock& block, bool end_stream) {
  if (!end_stream) {
    return fail(local_status(LocalCause::http2_violated, "trailers that do not end the stream"),
                kUnusable);
  }
  if (const KnownBlock* alike = known(block); alike != nullptr && alike->all_is_well) {
    return ended_by_peer(final_status(Status()), false, {});
  }
  Status readable = wire::read_metadata(block, reply_.trailers);
  Status status = wire::read_status(block, http_status_);
  if (status.ok() && !readable.ok()) status = std::move(readable);
  if (status.ok()) {
    if (reply_.trailers.empty()) remember(block, {.all_is_well = true});
    return ended_by_peer(final_status(std::move(status)), false, {});
  }
  ended_by_peer(final_status(std::move(status)), false, wire::read_retry_hints(block));
}

// The peer has given this attempt its end: a status.
void ClientCall::ended_by_peer(Status status, bool trailers_only, const wire::RetryHints& hints) {
  if (status.ok()) return succeeded(std::move(status));
  AttemptOver over{.outcome = Outcome::committed};
  for (const std::string_view value : hints.pushbacks) over.pushback.read(value);
  using Kind = policy::Pushback::Kind;
  if (over.pushback.kind == Kind::wait) status.set_pushback(over.pushback.delay);
  if (over.pushback.kind == Kind::never) status.set_pushback(std::chrono::milliseconds(-1));
  const bool of_peer = status.origin() == Origin::peer;
  if (trailers_only && (of_peer || http_status_ != 200)) {
    over.outcome = of_peer && hints.not_executed ? Outcome::declared : Outcome::rejected;
  }
  over.status = std::move(status);
  attempt_over(std::move(over));
}

// What the end that the peer gave means for the caller.
Status ClientCall::final_status(Status status) const {
  if (status.ok() && incoming_.truncated()) status = local_status(LocalCause::truncated_message);
  if (status.ok() && single_response() && incoming_.received() != 1) {
    status = local_status(LocalCause::wrong_message_count, "the response has none");
  }
  // Servers that give up at the deadline say CANCELLED (docs/rules.md D11).
  if (status.code() == Code::cancelled && deadline_ <= heard_at()) status = deadline_status();
  if (status.origin() == Origin::local) status.set_phase("sent");
  return status;
}

// The body ended without trailers.
Status ClientCall::missing_status() const {
  if (head_read_ && http_status_ != 200) return wire::status_of_http(http_status_);
  return local_status(LocalCause::status_missing);
}

void ClientCall::on_data(std::span<const std::uint8_t> bytes) {
  if (state_ != State::open) return;
  const std::size_t before = incoming_.received();
  if (Status status = incoming_.feed(bytes); !status.ok()) {
    return fail(std::move(status), kUnusable);
  }
  if (single_response() && incoming_.received() > 1) {
    return fail(local_status(LocalCause::wrong_message_count, "the response has more"), kUnusable);
  }
  // It comes with the status, which must know of it.
  if (single_response()) {
    if (Status bad = incoming_.open(core_->gunzip()); !bad.ok())
      return fail(std::move(bad), kUnusable);
  }
  if (idle_timer_ && incoming_.received() != before) last_message_ = loop_->now();
  if (discarding_) incoming_.discard();
  give_credit();
  serve_reader();
}

void ClientCall::on_end() {
  if (state_ != State::open) return;
  peer_ended_ = true;
  lost(final_status(missing_status()));
}

void ClientCall::on_close(const h2::StreamClose& close) {
  if (state_ != State::open) return;
  last_peer_ = peer();
  connection_ = nullptr;
  stream_ = 0;
  switch (close.reason) {
    case h2::CloseReason::finished:
      return lost(final_status(missing_status()));
    case h2::CloseReason::reset_by_peer:
      return lost(final_status(wire::status_of_reset(close.error)));
    case h2::CloseReason::refused:
      return refused(close.detail);
    case h2::CloseReason::reset_by_us:
      return lost(local_status(LocalCause::http2_violated, wire::name_of_reset(close.error)));
    case h2::CloseReason::connection_lost:
      return lost(local_status(LocalCause::connection_lost, close.detail));
    case h2::CloseReason::never_sent:
      bytes_sent_ = 0;
      return attempt_over({.outcome = Outcome::not_sent,
                           .status = local_status(LocalCause::connection_lost, close.detail)});
  }
}

// The peer says that it did nothing with the request. One that is known to lie is not believed, nor
// one that has begun its response.
void ClientCall::refused(std::string_view detail) {
  Status status = local_status(LocalCause::refused_by_peer, detail);
  if (head_read_ || !core_->options().trust_refused) return lost(std::move(status));
  attempt_over({.outcome = Outcome::refused, .status = std::move(status)});
}

Bytes ClientCall::take_message() {
  Bytes message = incoming_.pop();
  give_credit();
  return message;
}

// The oldest message cannot be inflated: the call fails where its reader has come to.
void ClientCall::message_failed(Status status) {
  incoming_.discard();
  if (state_ != State::over) return fail(std::move(status), kUnusable);
  status.set_phase("sent");
  if (reply_.status.ok()) reply_.status = std::move(status);
  serve_reader();
}

void ClientCall::give_credit() {
  // Of a call with one response the limit of its size bounds what can be waiting.
  const bool hungry = single_response() || discarding_ || reader_.pending();
  const std::size_t credit = incoming_.take_credit(hungry);
  if (credit > 0 && state_ == State::open) connection_->consume(stream_, credit);
}

void ClientCall::read(detail::Promise<std::optional<Bytes>> next) {
  if (reader_.pending()) {
    core_->misused(method_, "two reads");
    return next.set(std::nullopt);
  }
  reader_.arm(std::move(next));
  give_credit();
  serve_reader();
}

std::optional<std::optional<Bytes>> ClientCall::try_read() {
  using Next = std::optional<Bytes>;
  if (reader_.pending()) return std::nullopt;
  if (!discarding_ && !incoming_.empty()) {
    Status bad = incoming_.open(core_->gunzip());
    if (bad.ok()) return Next(take_message());
    const std::shared_ptr<ClientCall> self = shared_from_this();
    message_failed(std::move(bad));
    return Next();
  }
  if (state_ == State::over || discarding_) return Next();
  return std::nullopt;
}

void ClientCall::serve_reader() {
  if (!reader_.pending()) return;
  if (!discarding_ && !incoming_.empty()) {
    if (Status bad = incoming_.open(core_->gunzip()); !bad.ok()) {
      return message_failed(std::move(bad));
    }
    std::optional<std::optional<Bytes>> unwanted = reader_.offer(take_message());
    if (unwanted) incoming_.put_back(std::move(**unwanted));
  } else if (state_ == State::over || discarding_) {
    reader_.set(std::nullopt);
  }
}

void ClientCall::headers(detail::Promise<Metadata> headers) {
  if (header_reader_.pending()) {
    core_->misused(method_, "two waits for headers");
    return headers.set();
  }
  header_reader_.arm(std::move(headers));
  serve_header_reader();
}

void ClientCall::serve_header_reader() {
  if (!header_reader_.pending() || (!head_read_ && state_ != State::over)) return;
  header_reader_.set(reply_.headers);
}

void ClientCall::finish(detail::Promise<RawReply> reply) {
  if (finisher_.pending()) {
    core_->misused(method_, "two finishes");
    return reply.set(RawReply{Status(Code::internal, "finish() is pending already")});
  }
  const std::shared_ptr<ClientCall> self = shared_from_this();
  finisher_.arm(std::move(reply));
  (void)close_writes();
  if (!single_response()) {
    discarding_ = true;
    incoming_.discard();
  }
  give_credit();
  serve_reader();
  serve_finisher();
}

void ClientCall::serve_finisher() {
  if (state_ != State::over || !finisher_.pending()) return;
  // A unary call is asked once; a stream may be asked again.
  RawReply reply = method_.unary() ? std::move(reply_) : reply_;
  const bool whole = single_response() && reply.status.ok() && !incoming_.empty();
  if (whole) reply.message = incoming_.pop();
  std::optional<RawReply> unwanted = finisher_.offer(std::move(reply));
  if (unwanted && whole) incoming_.put_back(std::move(unwanted->message));
}

}  // namespace cpp_lite::client
