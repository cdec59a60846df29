#include "h2/connection.h"

#include <string_view>
#include <utility>

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kKeptBuffer = 64 << 10;  // an idle connection holds no more
constexpr std::size_t kKeptEvents = 256;
constexpr std::string_view kGoesAway = "the peer takes no more calls";
constexpr std::string_view kPreface = "PRI ";  // how it begins, and no request of HTTP/1
constexpr std::uint32_t kRefusedStream = 0x7;  // RFC 9113 section 7
constexpr std::uint32_t kEnhanceYourCalm = 0xb;

}  // namespace

Connection::Connection(Side side, std::shared_ptr<Loop> loop, std::unique_ptr<Transport> transport,
                       Owner& owner, const ConnectionOptions& options)
    : side_(side),
      loop_(std::move(loop)),
      transport_(std::move(transport)),
      owner_(owner),
      options_(options),
      session_(side, options, FrameSpace::of(*loop_)),
      keepalive_({options.keepalive, options.keepalive_timeout, options.keepalive_without_calls}),
      suspicion_(options.suspicion_interval),
      ping_strikes_({options.min_ping_interval, options.min_ping_interval_without_calls}),
      peer_alarm_(*loop_),
      drain_alarm_(*loop_) {}

void Connection::start() {
  started_ = true;
  transport_->start(*this);
  peer_alarm_.start(later(loop_->now(), options_.handshake_timeout),
                    [this] { handshake_timed_out(); });
  silent_ = side_ == Side::server && !options_.http1_answer.empty();
  flush();
}

// ---- Orders from the owners.

bool Connection::can_open() const {
  return side_ == Side::client && ready_ && !draining_ && !closed_ &&
         streams_.size() < session_.peer_max_streams() && session_.ids_left();
}

std::int32_t Connection::open(const HeaderList& headers, std::shared_ptr<StreamOwner> owner) {
  if (!can_open()) return 0;
  const std::int32_t id = session_.request(headers);
  if (id == 0) return 0;
  streams_.insert(id).owner = std::move(owner);
  full_ = !can_open();
  if (!peer_alarm_.armed()) watch_peer();
  wake();
  return id;
}

void Connection::send_headers(std::int32_t id, const HeaderList& headers, bool end_stream) {
  session_.respond(id, headers, end_stream);
  wake();
}

void Connection::send_data(std::int32_t id, Body body, bool end_stream) {
  session_.send_data(id, std::move(body), end_stream);
  wake();
}

void Connection::send_trailers(std::int32_t id, const HeaderList& trailers) {
  session_.send_trailers(id, trailers);
  wake();
}

void Connection::consume(std::int32_t id, std::size_t bytes) {
  session_.consume(id, bytes);
  if (dispatching_) return;  // all of it is told when the dispatch is over
  session_.give_credit();
  if (session_.wants_output()) wake();
}

void Connection::reset(std::int32_t id, std::uint32_t error) {
  Slot* slot = streams_.find(id);
  if (slot == nullptr) return;
  std::shared_ptr<StreamOwner> owner = std::move(slot->owner);
  streams_.erase(id);
  session_.reset(id, error);
  wake();
  release(std::move(owner));
}

void Connection::raise_suspicion() {
  if (closed_ || !suspicion_.raise(loop_->now())) return;
  session_.ping();
  wake();
}

// ---- What the transport says.

void Connection::on_bytes(std::span<const std::uint8_t> bytes) {
  if (closed_) return;
  const auto self = weak_from_this().lock();
  if (silent_ && speaks_http1(bytes)) return;
  suspicion_.heard();
  if (keepalive_.enabled() && keepalive_.heard(loop_->now())) watch_peer();
  session_.feed(bytes);
  if (session_.abuse().restless()) hang_up(session_.abuse().settle(loop_->now()));
  if (side_ == Side::client) heard_at_ = loop_->now();
  dispatch();
  heard_at_.reset();
  flush();
}

SteadyTime Connection::heard_at() const { return heard_at_ ? *heard_at_ : loop_->now(); }

void Connection::on_written(std::vector<std::uint8_t> buffer) {
  const auto self = weak_from_this().lock();
  writing_ = false;
  in_flight_ = 0;
  output_.bytes = std::move(buffer);
  output_.bytes.clear();
  flush();
  if (!writing_ && output_.bytes.capacity() > kKeptBuffer) output_.bytes = {};
}

void Connection::on_closed(std::string reason) {
  if (closed_) return;
  const auto self = weak_from_this().lock();
  if (!session_.goaway_text().empty()) reason += " after GOAWAY " + session_.goaway_text();
  finish(reason);
}

// ---- Bytes out.

// Sees to it that what was queued is written soon, together with what is queued until then.
void Connection::wake() {
  if (closed_ || dispatching_ || writing_ || flush_posted_) return;
  flush_posted_ = true;
  loop_->post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self == nullptr) return;
    self->flush_posted_ = false;
    self->flush();
  });
}

// While a write is under way nothing is taken from the session, so that what a slow peer makes us
// hold is bounded by the streams' send buffers.
void Connection::flush() {
  if (!started_ || silent_ || dispatching_) return;
  for (bool busy = true; busy && !closed_ && !writing_;) {
    write_now();
    busy = dispatch();
  }
  if (closed_) return;
  if (!session_.failure().empty()) {
    finish(std::string(session_.failure()));
  } else {
    check_drained();
    if (side_ == Side::server && !closed_) owner_.on_settled(*this);
  }
}

void Connection::write_now() {
  session_.output(output_, kWriteAtOnce, transport_->most_referred());
  if (output_.empty()) return;
  writing_ = true;
  in_flight_ = output_.held();
  if (output_.whole()) return transport_->write(std::exchange(output_.bytes, {}));
  transport_->write_pieces(std::exchange(output_, {}));
}

// ---- Events.

bool Connection::dispatch() {
  if (closed_) return false;
  session_.take_events(batch_);
  dispatching_ = true;
  for (std::size_t i = 0; i < batch_.size() && !closed_; ++i) handle(batch_[i]);
  const bool told = settle();
  dispatching_ = false;
  const bool busy = told || !batch_.empty();
  batch_.clear();
  if (batch_.capacity() > kKeptEvents) batch_ = {};
  if (!released_.empty()) std::exchange(released_, {}).clear();
  return busy;
}

void Connection::handle(Event& event) {
  switch (event.kind) {
    case Event::Kind::settings:
      if (!ready_) become_ready();
      break;
    case Event::Kind::headers:
      handle_headers(event);
      break;
    case Event::Kind::data:
      handle_data(event);
      break;
    case Event::Kind::end:
      if (StreamOwner* owner = owner_of(event.id)) owner->on_end();
      break;
    case Event::Kind::writable:
      if (StreamOwner* owner = owner_of(event.id)) owner->on_writable();
      break;
    case Event::Kind::closed:
      handle_closed(event);
      break;
    case Event::Kind::refused:
      owner_.on_refused(*this);
      break;
    case Event::Kind::goaway:
      peer_leaves_ = true;
      too_many_pings_ =
          event.error == kEnhanceYourCalm && session_.goaway_text().ends_with(kTooManyPings);
      if (side_ == Side::client) stop_taking_streams();
      break;
    case Event::Kind::notice_acknowledged:
      send_final_goaway();
      break;
    case Event::Kind::ping:
      if (!ping_strikes_.too_many(loop_->now(), streams_.size() > 0, session_.take_sent())) break;
      close(std::string(kTooManyPings), kEnhanceYourCalm);
      break;
  }
}

void Connection::handle_headers(Event& event) {
  if (event.opens && !accept(event.id)) return;
  if (StreamOwner* owner = owner_of(event.id)) {
    owner->on_headers(std::move(event.block), event.end_stream);
  }
}

bool Connection::accept(std::int32_t id) {
  streams_.insert(id);
  std::shared_ptr<StreamOwner> owner = owner_.on_stream(*this, id);
  if (Slot* slot = streams_.find(id); slot != nullptr && owner != nullptr) {
    slot->owner = std::move(owner);
    if (!peer_alarm_.armed()) watch_peer();
    return true;
  }
  if (closed_ && owner != nullptr) {
    owner->on_close({CloseReason::connection_lost, 0, "closed while the stream was accepted"});
  }
  reset(id, kRefusedStream);
  return false;
}

void Connection::handle_closed(const Event& event) {
  Slot* slot = streams_.find(event.id);
  if (slot == nullptr) return;
  const std::shared_ptr<StreamOwner> owner = std::move(slot->owner);
  streams_.erase(event.id);
  const bool never_sent = event.reason == CloseReason::never_sent;
  const Verdict* verdict = side_ == Side::client ? nullptr : judge_close(event, *owner);
  owner->on_close({event.reason, event.error, never_sent ? kGoesAway : ""});
  hang_up(verdict);
}

const Verdict* Connection::judge_close(const Event& event, const StreamOwner& owner) {
  const bool by_us = event.reason == CloseReason::reset_by_us;
  return session_.abuse().closed(event.early && (by_us || owner.taken_back_early()));
}

// Nothing more of what it sent is looked at. Null: all is well.
void Connection::hang_up(const Verdict* verdict) {
  if (verdict == nullptr || closed_) return;
  session_.hang_up(*verdict);
  if (!writing_) write_now();
  finish(std::string(session_.failure()));
}

// An owner may let go of itself inside one of its own functions.
void Connection::release(std::shared_ptr<StreamOwner> owner) {
  if (dispatching_) released_.push_back(std::move(owner));
}

// What follows from the events as a whole; whether somebody was told.
bool Connection::settle() {
  if (closed_ || side_ == Side::server) return false;
  const bool had_room = !full_;
  if (!draining_ && !session_.ids_left()) stop_taking_streams();
  full_ = ready_ && !draining_ && !can_open();
  if (had_room || !can_open()) return false;
  owner_.on_capacity(*this);
  return true;
}

// ---- The beginning.

// A client that does, with a first line that came in one piece, is answered, and that was it. "P"
// may be the preface, or "POST".
bool Connection::speaks_http1(std::span<const std::uint8_t> bytes) {
  const std::string_view said(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const std::string_view known = said.substr(0, kPreface.size() - preface_seen_);
  const bool http2 = kPreface.substr(preface_seen_).starts_with(known);
  preface_seen_ += known.size();
  silent_ = http2 && preface_seen_ < kPreface.size();
  if (http2 || said.substr(0, said.find('\r')).find(" HTTP/1.") == said.npos) return false;
  output_.bytes.assign(options_.http1_answer.begin(), options_.http1_answer.end());
  finish("the client speaks HTTP/1");
  return true;
}

void Connection::become_ready() {
  ready_ = true;
  peer_alarm_.stop();
  keepalive_.heard(loop_->now());
  watch_peer();
  owner_.on_ready(*this);
}

void Connection::handshake_timed_out() {
  const std::string_view own = transport_->handshake();
  close(std::string(own.empty() ? "HTTP/2" : own).append(kHandshakeTimedOut));
}

void Connection::watch_peer() {
  if (closed_ || !ready_ || !keepalive_.enabled()) return;
  const Keepalive::Step step = keepalive_.step(loop_->now(), streams_.size() > 0);
  if (step.action == Keepalive::Action::give_up) {
    close("keepalive timed out: the peer is silent");
    return;
  }
  if (step.action == Keepalive::Action::ping) {
    session_.ping();
    wake();
  }
  peer_alarm_.start(step.again, [this] { watch_peer(); });
}

void Connection::stop_taking_streams() {
  if (std::exchange(draining_, true)) return;
  owner_.on_draining(*this);
}

}  // namespace cpp_lite::h2
