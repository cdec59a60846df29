// The HTTP/2 session on either side: any bytes, and however they are cut, the same events; and
// while somebody answers them, no stream is heard of after its end.
//
// The first byte: bit 0 makes the session a client, bit 1 plays the peer's greeting first, bits 2
// to 4 say how the bytes are cut, bits 5 to 7 how the answers are given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fuzz/check.h"
#include "h2/session.h"

namespace {

using cpp_lite::h2::Event;
using cpp_lite::h2::HeaderList;
using cpp_lite::h2::Session;
using cpp_lite::h2::Side;
using Bytes = std::span<const std::uint8_t>;

const HeaderList kRequest = {
    {":method", "POST"}, {":scheme", "http"}, {":path", "/a"}, {":authority", "b"}};
const HeaderList kResponse = {{":status", "200"}};
const HeaderList kTrailers = {{"grpc-status", "0"}};

void greet(Session& session, Side side) {
  const std::string magic = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::vector<std::uint8_t> bytes(magic.begin(), magic.end());
  const std::vector<std::uint8_t> settings = {0, 0, 0, 4, 0, 0, 0, 0, 0};
  if (side == Side::server) session.feed(bytes);
  session.feed(settings);
}

// What happened, as text. DATA of one stream is one entry however it was cut, and the end of a body
// is one, whether it came with bytes or after them.
class Transcript {
 public:
  void add(const Event& event) {
    if (last_kind_ == Event::Kind::goaway) return;  // libnghttp2 may go deaf, but not in one feed()
    if (event.kind != Event::Kind::end) add_content(event);
    if (event.end_stream) text_ += "\nend " + std::to_string(event.id);
    last_kind_ = event.end_stream ? Event::Kind::end : event.kind;
    last_id_ = event.id;
  }
  const std::string& text() const { return text_; }

 private:
  void add_content(const Event& event) {
    if (event.kind != Event::Kind::data || event.kind != last_kind_ || event.id != last_id_) {
      text_ += '\n' + std::to_string(static_cast<int>(event.kind)) + ' ' +
               std::to_string(event.id) + ' ' + std::to_string(event.error) + ' ' +
               std::to_string(static_cast<int>(event.reason)) + ' ';
    }
    text_.append(event.bytes.begin(), event.bytes.end());
    for (std::size_t i = 0; i < event.block.size(); ++i) {
      text_.append(event.block.name(i)).append("=").append(event.block.value(i)).append(" ");
    }
  }

  std::string text_;
  Event::Kind last_kind_ = Event::Kind::settings;
  std::int32_t last_id_ = 0;
};

std::string listen(Side side, bool greeted, Bytes input, std::size_t piece) {
  Session session(side, {});
  if (side == Side::client) session.request(kRequest);
  cpp_lite::h2::Output out;
  session.output(out, 1 << 20);
  if (greeted) greet(session, side);
  Transcript transcript;
  std::vector<Event> events;
  while (!input.empty()) {
    const Bytes part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    session.feed(part);
    session.take_events(events);
    for (const Event& event : events) transcript.add(event);
  }
  return transcript.text() + session.failure();
}

// An owner of all streams, who answers as the bits of `manner` say.
class Answerer {
 public:
  Answerer(Session& session, unsigned manner) : session_(session), manner_(manner) {}

  void take_events() {
    session_.take_events(events_);
    for (const Event& event : events_) answer(event);
  }

 private:
  void answer(const Event& event) {
    FUZZ_CHECK(!ended_.contains(event.id));
    if (event.kind == Event::Kind::closed) ended_.insert(event.id);
    if (event.opens && (manner_ & 1) != 0) {
      session_.respond(event.id, kResponse, false);
      session_.send_data(event.id, std::vector<std::uint8_t>(100'000), false);
      session_.send_trailers(event.id, kTrailers);
    }
    if (event.kind == Event::Kind::data && (manner_ & 2) != 0) {
      session_.consume(event.id, event.bytes.size());
    }
    const bool body_ends = event.end_stream && event.kind != Event::Kind::headers;
    if (body_ends && (manner_ & 4) != 0) session_.reset(event.id, 8);
    if (event.id == 5 && (manner_ & 4) != 0) session_.send_goaway(0, "five");
  }

  Session& session_;
  const unsigned manner_;
  std::set<std::int32_t> ended_;
  std::vector<Event> events_;
};

void converse(Side side, bool greeted, Bytes input, std::size_t piece, unsigned manner) {
  Session session(side, {.stream_window = 2000, .connection_window = 70'000});
  Answerer answerer(session, manner);
  for (int i = 0; side == Side::client && i < 3; ++i) {
    const std::int32_t id = session.request(kRequest);
    session.send_data(id, std::vector<std::uint8_t>(100), (manner & 1) != 0);
  }
  if (greeted) greet(session, side);
  while (!input.empty()) {
    const Bytes part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    session.feed(part);
    answerer.take_events();
    cpp_lite::h2::Output out;
    session.output(out, 1 << 16);
    FUZZ_CHECK(out.size() < (1 << 16) + 20'000);
    answerer.take_events();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned choice = data[0];
  const Bytes input(data + 1, size - 1);
  const Side side = (choice & 1) != 0 ? Side::client : Side::server;
  const bool greeted = (choice & 2) != 0;
  const std::size_t piece = std::size_t{1} << (choice >> 2 & 7);
  FUZZ_CHECK(listen(side, greeted, input, piece) == listen(side, greeted, input, size));
  converse(side, greeted, input, piece * 16, choice >> 5);
  return 0;
}
