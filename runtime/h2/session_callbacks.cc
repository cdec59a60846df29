// What nghttp2 calls from Session::feed() and output(). It takes notes and calls nobody.
#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "h2/session_nghttp2.h"

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kFieldOverhead = 32;  // RFC 9113 6.5.2
constexpr std::size_t kFrameHeader = 9;
constexpr std::size_t kMostDecoded = 64;  // times the list that is allowed

bool has(std::uint8_t flags, int flag) { return (flags & flag) != 0; }

bool ends_stream(const nghttp2_frame& frame) {
  return (frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) &&
         has(frame.hd.flags, NGHTTP2_FLAG_END_STREAM);
}

std::uint32_t http2_error(int nghttp2_error) {
  switch (nghttp2_error) {
    case NGHTTP2_ERR_FLOW_CONTROL:
      return NGHTTP2_FLOW_CONTROL_ERROR;
    case NGHTTP2_ERR_FRAME_SIZE_ERROR:
      return NGHTTP2_FRAME_SIZE_ERROR;
    case NGHTTP2_ERR_STREAM_CLOSED:
      return NGHTTP2_STREAM_CLOSED;
    default:
      return NGHTTP2_PROTOCOL_ERROR;
  }
}

}  // namespace

Session& Session::Callbacks::self(void* user) { return *static_cast<Session*>(user); }

// nghttp2 forgets what is over, and ignores what comes for it. (DATA it ignores without asking, so
// feed_watched() looks.)
std::optional<std::uint32_t> Session::Callbacks::fault_of(const Session& s,
                                                          const nghttp2_frame_hd& head) {
  if (s.side_ == Side::client || head.type != NGHTTP2_HEADERS) return std::nullopt;
  const std::int32_t id = head.stream_id;
  if (id % 2 == 0 || id > s.last_seen_ || s.streams_.find(id) != nullptr) return std::nullopt;
  return s.past_.fault_of(id);
}

// Bounds what a peer can make us decode for one block, whatever it decodes to.
int Session::Callbacks::on_begin_frame(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
  Session& s = self(user);
  if (const auto error = fault_of(s, *head)) {
    s.hang_up({Attack::protocol_errors, *error, "a frame on a stream that is over"});
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  if (head->type == NGHTTP2_HEADERS) {
    s.continuations_ = s.block_size_ = 0;
    if (s.goaway_queued_ && s.side_ == Side::server &&
        head->stream_id > std::max(s.last_seen_, s.last_refused_)) {
      s.add(Event::Kind::refused, s.last_refused_ = head->stream_id);
    }
  } else if (head->type == NGHTTP2_CONTINUATION) {
    ++s.continuations_;
  } else {
    return 0;
  }
  s.block_size_ += head->length;
  const BlockBounds most(s.options_);
  if (s.continuations_ <= most.continuations && s.block_size_ <= most.bytes) return 0;
  s.hang_up({Attack::header_floods, NGHTTP2_ENHANCE_YOUR_CALM, "a header block that is too long"});
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Session::Callbacks::on_begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  Session& s = self(user);
  s.incoming_ = frame->headers.cat == NGHTTP2_HCAT_HEADERS ? &s.further_ : &s.first_;
  s.incoming_->begin();
  s.incoming_size_ = 0;
  s.over_limit_ = false;
  return 0;
}

int Session::Callbacks::on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                                  std::size_t name_size, const std::uint8_t* value,
                                  std::size_t value_size, std::uint8_t flags, void* user) {
  Session& s = self(user);
  s.header({name, name_size}, {value, value_size}, has(flags, NGHTTP2_NV_FLAG_NO_INDEX));
  if (s.side_ == Side::client || s.incoming_size_ <= kMostDecoded * s.options_.max_header_list) {
    return 0;
  }
  s.hang_up({Attack::header_floods, NGHTTP2_ENHANCE_YOUR_CALM, "a header list of megabytes"});
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

// A field that RFC 9113 8.2.1 forbids makes the message malformed; nghttp2 would just drop it.
int Session::Callbacks::on_invalid_header(nghttp2_session*, const nghttp2_frame*,
                                          const std::uint8_t*, std::size_t, const std::uint8_t*,
                                          std::size_t, std::uint8_t, void*) {
  return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
}

int Session::Callbacks::on_data_chunk(nghttp2_session* session, std::uint8_t, std::int32_t id,
                                      const std::uint8_t* data, std::size_t size, void* user) {
  Session& s = self(user);
  Stream* stream = s.streams_.find(id);
  if (stream == nullptr) return nghttp2_session_consume(session, id, size);
  stream->unconsumed += size;
  s.add(Event::Kind::data, id).bytes = {data, size};
  return 0;
}

int Session::Callbacks::on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
  Session& s = self(user);
  const std::int32_t id = frame->hd.stream_id;
  if (Stream* stream = s.streams_.find(id)) {
    stream->remote_ended |= ends_stream(*frame);
    stream->reset_received |= frame->hd.type == NGHTTP2_RST_STREAM;
  }
  switch (frame->hd.type) {
    case NGHTTP2_DATA:
      if (ends_stream(*frame) && s.streams_.find(id) != nullptr) s.body_ended(id);
      break;
    case NGHTTP2_HEADERS:
      if (!s.worth_decoding()) return NGHTTP2_ERR_CALLBACK_FAILURE;
      s.headers_complete(id, frame->headers.cat == NGHTTP2_HCAT_REQUEST, ends_stream(*frame));
      break;
    default:
      on_connection_frame(s, *frame);
  }
  return 0;
}

void Session::Callbacks::on_connection_frame(Session& s, const nghttp2_frame& frame) {
  const bool ack = has(frame.hd.flags, NGHTTP2_FLAG_ACK);
  if (frame.hd.type == NGHTTP2_SETTINGS && !ack) {
    s.add(Event::Kind::settings, kWholeConnection);
  } else if (frame.hd.type == NGHTTP2_PING && ack &&
             std::ranges::equal(frame.ping.opaque_data, kNotice)) {
    s.add(Event::Kind::notice_acknowledged, kWholeConnection);
  } else if (frame.hd.type == NGHTTP2_PING && !ack && s.side_ == Side::server) {
    s.add(Event::Kind::ping, kWholeConnection);
  } else if (frame.hd.type == NGHTTP2_GOAWAY) {
    s.goaway_text_ = goaway_words(frame.goaway);
    s.add(Event::Kind::goaway, frame.goaway.last_stream_id).error = frame.goaway.error_code;
  }
}

// A client that breaks a rule on a stream makes others reset it, as often as it likes
// (CVE-2025-8671). nghttp2 would; but only a request may be malformed without hostility.
int Session::Callbacks::on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int why,
                                         void* user) {
  Session& s = self(user);
  if (s.side_ == Side::client || frame->hd.type == NGHTTP2_HEADERS) return 0;
  s.hang_up({Attack::protocol_errors, http2_error(why), nghttp2_strerror(why)});
  return NGHTTP2_ERR_CALLBACK_FAILURE;
}

int Session::Callbacks::on_stream_close(nghttp2_session*, std::int32_t id, std::uint32_t error,
                                        void* user) {
  self(user).stream_closed(id, error);
  return 0;
}

// Whatever becomes of the bytes from here on, some of them may reach the peer. Ids go out in
// ascending order (RFC 9113 5.1.1).
int Session::Callbacks::before_frame_send(nghttp2_session*, const nghttp2_frame* frame,
                                          void* user) {
  if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
    self(user).last_begun_ = frame->hd.stream_id;
  }
  return 0;
}

int Session::Callbacks::on_frame_send(nghttp2_session* session, const nghttp2_frame* frame,
                                      void* user) {
  Session& s = self(user);
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
    // nghttp2's own, if it is not ours.
    const bool calm = frame->goaway.error_code == NGHTTP2_ENHANCE_YOUR_CALM;
    if (!s.hung_up_) s.attack_ = calm ? Attack::control_floods : Attack::protocol_errors;
    s.fail("HTTP/2 " + goaway_words(frame->goaway));
  }
  s.sent_ |= frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS;
  if (s.side_ == Side::client || !ends_stream(*frame)) return 0;
  const Stream* stream = s.streams_.find(frame->hd.stream_id);
  if (stream == nullptr || stream->remote_ended) return 0;
  // RFC 9113 8.1: the response is complete, the rest of the request is of no use.
  return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                   NGHTTP2_NO_ERROR);
}

// A frame that nghttp2 will not send: its stream cannot go on as its owner thinks.
int Session::Callbacks::on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame,
                                          int why, void* user) {
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  const std::int32_t id = frame->hd.stream_id;
  if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
    if (self(user).streams_.find(id) == nullptr) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, id, NGHTTP2_INTERNAL_ERROR);
  }
  const bool too_late = why == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED;  // GOAWAY came first
  self(user).stream_closed(id, too_late ? NGHTTP2_REFUSED_STREAM : NGHTTP2_INTERNAL_ERROR);
  return 0;
}

// How much of the queue goes into the next DATA frame; send_data() then takes it.
Ssize Session::Callbacks::read(nghttp2_session* session, std::int32_t id, std::uint8_t*,
                               std::size_t room, std::uint32_t* flags, nghttp2_data_source*,
                               void* user) {
  Stream* stream = self(user).streams_.find(id);
  if (stream == nullptr) return NGHTTP2_ERR_DEFERRED;
  stream->waits = stream->queue.empty() && !stream->ends;
  if (stream->waits) return NGHTTP2_ERR_DEFERRED;
  const std::size_t size = std::min(room, stream->queue.size());
  *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!stream->ends || size < stream->queue.size()) return static_cast<Ssize>(size);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (stream->has_trailers) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    const NameValues trailers(stream->trailers);
    self(user).check(nghttp2_submit_trailer(session, id, trailers.data(), trailers.size()));
  }
  return static_cast<Ssize>(size);
}

int Session::Callbacks::send_data(nghttp2_session*, nghttp2_frame* frame,
                                  const std::uint8_t* header, std::size_t size,
                                  nghttp2_data_source*, void* user) {
  Session& s = self(user);
  const std::int32_t id = frame->hd.stream_id;
  Stream* stream = s.streams_.find(id);
  if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  s.abuse_.data_sent();
  s.out_->bytes.insert(s.out_->bytes.end(), header, header + kFrameHeader);
  s.held_ -= stream->queue.held();
  stream->queue.pop_into(*s.out_, size);
  s.held_ += stream->queue.held();
  if (stream->full && stream->queue.size() < s.options_.send_buffer) {
    stream->full = false;
    s.add(Event::Kind::writable, id);
  }
  return s.out_full() ? NGHTTP2_ERR_PAUSE : 0;
}

nghttp2_session* Session::Callbacks::open(Session& s) {
  nghttp2_session_callbacks* c = nullptr;
  nghttp2_session_callbacks_new(&c);
  nghttp2_session_callbacks_set_on_begin_frame_callback(c, on_begin_frame);
  nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback(c, on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback(c, on_invalid_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data_chunk);
  nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame_recv);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(c, on_invalid_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(c, on_stream_close);
  nghttp2_session_callbacks_set_before_frame_send_callback(c, before_frame_send);
  nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(c, on_frame_not_send);
  nghttp2_session_callbacks_set_send_data_callback(c, send_data);
  nghttp2_option* option = new_option(s.options_);
  nghttp2_session* session = nullptr;
  nghttp2_mem memory = {&s.memory_, SessionMemory::allocate, SessionMemory::release,
                        SessionMemory::allocate_zeros, SessionMemory::resize};
  const auto create =
      s.side_ == Side::client ? nghttp2_session_client_new3 : nghttp2_session_server_new3;
  s.check(create(&session, c, &s, option, &memory));
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(c);
  return session;
}

const DataProvider Session::Callbacks::kFromQueue = {{0}, read};

Event& Session::add(Event::Kind kind, std::int32_t id) {
  Event& event = events_.emplace_back();
  event.kind = kind;
  event.id = id;
  return event;
}

void Session::body_ended(std::int32_t id) {
  const bool behind_data =
      !events_.empty() && events_.back().kind == Event::Kind::data && events_.back().id == id;
  Event& event = behind_data ? events_.back() : add(Event::Kind::end, id);
  event.end_stream = true;
}

void Session::header(std::span<const std::uint8_t> name, std::span<const std::uint8_t> value,
                     bool secret) {
  // A list that is too long is decoded to its end, which keeps HPACK in step, but not kept.
  incoming_size_ += name.size() + value.size() + kFieldOverhead;
  over_limit_ |=
      incoming_size_ > options_.max_header_list || incoming_->size() == options_.max_header_fields;
  if (over_limit_) return;
  const auto text = [](std::span<const std::uint8_t> bytes) {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  incoming_->add(text(name), text(value), secret);
}

bool Session::worth_decoding() {
  if (side_ == Side::client || !over_limit_) return true;
  const Verdict* verdict = abuse_.decoded_for_nothing(incoming_size_);
  if (verdict != nullptr) hang_up(*verdict);
  return verdict == nullptr;
}

void Session::headers_complete(std::int32_t id, bool opens, bool end_stream) {
  if (opens && goaway_queued_) {  // RFC 9113 6.8; libnghttp2 looks only once the GOAWAY is sent
    check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, NGHTTP2_REFUSED_STREAM));
    ++resets_to_come_;
    return;
  }
  if (opens) {
    if (side_ == Side::server) past_.opened(id, last_seen_);
    last_seen_ = id;
    streams_.insert(id).remote_ended = end_stream;
    abuse_.opened(streams_.size());
  } else if (streams_.find(id) == nullptr) {
    return;
  }
  Event& event = add(Event::Kind::headers, id);
  event.opens = opens;
  event.end_stream = end_stream;
  event.block = incoming_->finish();
  event.block.over_limit = over_limit_;
}

void Session::stream_closed(std::int32_t id, std::uint32_t error) {
  Stream* stream = streams_.find(id);
  if (stream == nullptr) return unknown_stream_closed();
  CloseReason reason = CloseReason::reset_by_us;
  if (error == NGHTTP2_NO_ERROR && (stream->remote_ended || !stream->reset_received)) {
    reason = CloseReason::finished;
  } else if (error == NGHTTP2_REFUSED_STREAM && side_ == Side::client && never_sent(id)) {
    reason = CloseReason::never_sent;
  } else if (error == NGHTTP2_REFUSED_STREAM && (stream->reset_received || side_ == Side::client)) {
    reason = CloseReason::refused;
  } else if (stream->reset_received) {
    reason = CloseReason::reset_by_peer;
  }
  // What we reset for our own failure is INTERNAL_ERROR.
  const bool broke_a_rule = reason == CloseReason::reset_by_us && error != NGHTTP2_INTERNAL_ERROR;
  const bool early = stream->reset_received || broke_a_rule;
  forget(id, *stream);
  Event& event = add(Event::Kind::closed, id);
  event.reason = reason;
  event.error = error;
  event.early = early;
}

// Its owner reset it, or it never had one: the request was malformed.
void Session::unknown_stream_closed() {
  if (side_ == Side::client) return;
  const bool ours = resets_to_come_ > 0;
  if (ours) --resets_to_come_;
  if (const Verdict* verdict = abuse_.closed(!ours); verdict != nullptr && failure_.empty()) {
    hang_up(*verdict);
  }
}

}  // namespace cpp_lite::h2
