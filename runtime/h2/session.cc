#include "h2/session.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

#include "h2/session_nghttp2.h"

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kHead = FrameScanner::kHeadSize;
constexpr Verdict kDoesNotRead{Attack::control_floods, NGHTTP2_ENHANCE_YOUR_CALM,
                               "the peer asks for more than it reads"};
constexpr Verdict kOver{Attack::protocol_errors, NGHTTP2_STREAM_CLOSED,
                        "a frame on a stream that is over"};
constexpr Verdict kPassedOver{Attack::protocol_errors, NGHTTP2_PROTOCOL_ERROR,
                              "a frame on a stream that was passed over"};

}  // namespace

void Session::Delete::operator()(nghttp2_session* session) const { nghttp2_session_del(session); }

void Session::Stream::recycle() {
  queue.clear();
  trailers.clear();
  trailer_text.clear();
  unconsumed = 0;
  ends = has_trailers = waits = full = remote_ended = reset_received = false;
}

void Session::Stream::keep_trailers(const HeaderList& list) {
  std::size_t size = 0;
  for (const HeaderField& field : list) size += field.name.size() + field.value.size();
  trailer_text.reserve(size);  // so that it stays where it is
  const auto keep = [this](std::string_view text) {
    const std::size_t begin = trailer_text.size();
    trailer_text.append(text);
    return std::string_view(trailer_text).substr(begin);
  };
  for (const HeaderField& field : list) {
    trailers.push_back(field.lasting
                           ? field
                           : HeaderField{keep(field.name), keep(field.value), field.never_index});
  }
}

Session::Session(Side side, const ConnectionOptions& options, std::shared_ptr<FrameSpace> space)
    : side_(side),
      options_(options),
      abuse_(options.abuse, options.stream_window),
      memory_(std::move(space)) {
  session_.reset(Callbacks::open(*this));
  memory_.opened();
  submit_settings(options);
}

Session::~Session() = default;

void Session::submit_settings(const ConnectionOptions& options) {
  const nghttp2_settings_entry per_side =
      side_ == Side::client ? nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_PUSH, 0}
                            : nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS,
                                                     options.max_concurrent_streams};
  const std::array<nghttp2_settings_entry, 3> settings = {
      per_side,
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, options.max_header_list}};
  check(
      nghttp2_submit_settings(session_.get(), NGHTTP2_FLAG_NONE, settings.data(), settings.size()));
  check(
      nghttp2_session_set_local_window_size(session_.get(), NGHTTP2_FLAG_NONE, kWholeConnection,
                                            static_cast<std::int32_t>(options.connection_window)));
}

void Session::feed(std::span<const std::uint8_t> bytes) {
  if (!failure_.empty() || bytes.empty()) return;
  side_ == Side::server ? feed_watched(bytes) : take(bytes);
}

void Session::take(std::span<const std::uint8_t> bytes) {
  const auto result = mem_recv(session_.get(), bytes.data(), bytes.size());
  if (result >= 0 || !failure_.empty()) return;
  const auto error = static_cast<int>(result);
  // A bad preface apart, these are our limits.
  const bool magic = error == NGHTTP2_ERR_BAD_CLIENT_MAGIC;
  attack_ = magic ? Attack::protocol_errors : Attack::control_floods;
  nghttp2_session_terminate_session(session_.get(),
                                    magic ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_ENHANCE_YOUR_CALM);
  check(error);
}

// Looks at the frames before nghttp2 does, which says nothing of some.
void Session::feed_watched(std::span<const std::uint8_t> bytes) {
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > options_.abuse.queued_frames) {
    return hang_up(kDoesNotRead);
  }
  if (!greeted(bytes)) return;
  FrameHead head;
  bool reset = false;
  std::size_t taken = 0;
  for (auto rest = bytes; scanner_.next(rest, head);) {
    const Verdict* verdict = abuse_.frame(head);
    reset |= head.type == NGHTTP2_RST_STREAM;
    const bool late = head.type == NGHTTP2_DATA && (reset || may_be_over(head));
    if (verdict == nullptr && !late) continue;
    // What came before it is heard first, however the bytes were cut.
    const std::size_t before = std::max(taken + kHead, bytes.size() - rest.size()) - kHead;
    if (before > taken) take(bytes.subspan(taken, before - taken));
    taken = before;
    if (!failure_.empty()) return;
    if (verdict == nullptr && may_be_over(head)) verdict = data_for_no_stream(head);
    if (verdict != nullptr) return hang_up(*verdict);
  }
  if (taken < bytes.size()) take(bytes.subspan(taken));
}

// The client's preface, which no frame begins in.
bool Session::greeted(std::span<const std::uint8_t>& bytes) {
  if (magic_left_ == 0) return true;
  const auto magic = bytes.first(std::min(magic_left_, bytes.size()));
  magic_left_ -= magic.size();
  bytes = bytes.subspan(magic.size());
  take(magic);
  return failure_.empty() && !bytes.empty();
}

// As far as nghttp2 has got.
bool Session::may_be_over(const FrameHead& head) const {
  return head.id <= last_seen_ && streams_.find(head.id) == nullptr;
}

const Verdict* Session::data_for_no_stream(const FrameHead& head) {
  const auto fault = past_.fault_of(head.id);
  if (!fault) return abuse_.late_data(head.length);
  return *fault == NGHTTP2_STREAM_CLOSED ? &kOver : &kPassedOver;
}

// Says why, if it can still be said.
void Session::hang_up(const Verdict& verdict) {
  attack_ = verdict.attack;
  send_goaway(verdict.error, verdict.words);
  fail(std::string("HTTP/2: ") + verdict.words);
}

void Session::output(Output& out, std::size_t limit, std::size_t referred) {
  give_credit();
  abandoned_ = 0;
  out_ = &out;
  out_limit_ = limit;
  referred_limit_ = referred;
  while (!out_full()) {
    const std::uint8_t* bytes = nullptr;
    const auto size = mem_send(session_.get(), &bytes);
    if (size <= 0) {
      check(static_cast<int>(size));
      break;
    }
    out.bytes.insert(out.bytes.end(), bytes, bytes + size);
  }
  out_ = nullptr;
}

bool Session::out_full() const {
  return out_->bytes.size() >= out_limit_ || out_->size() >= out_limit_ + referred_limit_;
}

void Session::take_events(std::vector<Event>& batch) {
  batch.clear();
  batch.swap(events_);
}

bool Session::wants_output() const { return nghttp2_session_want_write(session_.get()) != 0; }

std::uint32_t Session::peer_max_streams() const {
  return nghttp2_session_get_remote_settings(session_.get(),
                                             NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
}

std::size_t Session::longest_list() const {
  return std::min<std::size_t>(
      kLongestSentList,
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE));
}

bool Session::ids_left() const {
  return nghttp2_session_get_next_stream_id(session_.get()) <=
         static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max());
}

std::int32_t Session::request(const HeaderList& headers) {
  const NameValues fields(headers);
  const std::int32_t id = submit_request(session_.get(), nullptr, fields.data(), fields.size(),
                                         &Callbacks::kFromQueue, nullptr);
  if (id <= 0) return 0;
  streams_.insert(id);
  return id;
}

void Session::respond(std::int32_t id, const HeaderList& headers, bool end_stream) {
  if (streams_.find(id) == nullptr) return;
  const NameValues fields(headers);
  const bool informational = !headers.empty() && headers.front().value.starts_with('1');
  if (informational) {
    check(nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, fields.data(),
                                 fields.size(), nullptr));
  } else {
    check(submit_response(session_.get(), id, fields.data(), fields.size(),
                          end_stream ? nullptr : &Callbacks::kFromQueue));
  }
}

void Session::send_data(std::int32_t id, Body body, bool end_stream) {
  Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->ends) return;
  held_ += body.size();
  stream->queue.push(std::move(body));
  stream->ends = end_stream;
  queue_changed(id, *stream);
}

void Session::send_trailers(std::int32_t id, const HeaderList& trailers) {
  Stream* stream = streams_.find(id);
  if (stream == nullptr || stream->ends) return;
  stream->keep_trailers(trailers);
  stream->ends = stream->has_trailers = true;
  queue_changed(id, *stream);
}

void Session::queue_changed(std::int32_t id, Stream& stream) {
  stream.full |= stream.queue.size() >= options_.send_buffer;
  if (!std::exchange(stream.waits, false)) return;
  nghttp2_session_resume_data(session_.get(), id);
}

std::size_t Session::queued(std::int32_t id) const {
  const Stream* stream = streams_.find(id);
  return stream == nullptr ? 0 : stream->queue.size();
}

std::size_t Session::held(std::int32_t id) const {
  const Stream* stream = streams_.find(id);
  return stream == nullptr ? 0 : stream->queue.held();
}

void Session::consume(std::int32_t id, std::size_t bytes) {
  Stream* stream = streams_.find(id);
  if (stream == nullptr) return;
  const std::size_t given = std::min(bytes, stream->unconsumed);
  stream->unconsumed -= given;
  credit_ += given;
  if (!stream->remote_ended) check(nghttp2_session_consume_stream(session_.get(), id, given));
}

void Session::give_credit() {
  if (credit_ == 0) return;
  check(nghttp2_session_consume_connection(session_.get(), std::exchange(credit_, 0)));
}

void Session::reset(std::int32_t id, std::uint32_t error) {
  Stream* stream = streams_.find(id);
  if (stream == nullptr) return;
  check(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, id, error));
  ++resets_to_come_;
  forget(id, *stream);
}

void Session::forget(std::int32_t id, Stream& stream) {
  if (side_ == Side::server && (stream.remote_ended || stream.reset_received)) {
    past_.ended_by_peer(id);
  }
  held_ -= stream.queue.held();
  abandoned_ += stream.queue.begun();
  credit_ += stream.unconsumed;
  streams_.erase(id);
}

void Session::ping() { check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr)); }

void Session::send_shutdown_notice() {
  check(nghttp2_submit_shutdown_notice(session_.get()));
  check(nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, kNotice.data()));
}

void Session::send_goaway(std::uint32_t error, const std::string& text) {
  goaway_queued_ = true;
  hung_up_ |= error != 0;
  const auto* debug = reinterpret_cast<const std::uint8_t*>(text.data());
  check(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE, last_seen_, error, debug,
                              std::min(text.size(), kLongestGoawayText)));
}

void Session::fail(std::string why) {
  if (failure_.empty()) failure_ = std::move(why);
}

void Session::check(int result) {
  if (result < 0 && nghttp2_is_fatal(result) != 0)
    fail(std::string("HTTP/2: ") + nghttp2_strerror(result));
}

}  // namespace cpp_lite::h2
