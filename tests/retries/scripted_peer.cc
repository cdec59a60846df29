#include "scripted_peer.h"

#include <algorithm>
#include <utility>

namespace cpp_lite::retries {
namespace {

using h2::Bytes;
using h2::encode;
using h2::operator+;
using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::uint8_t kEndStream = 1;
constexpr std::uint8_t kEndHeaders = 4;
constexpr std::size_t kMuch = 1 << 20;

Fields head_fields(const std::string& store) {
  Fields fields{{":status", "200"}, {"content-type", "application/grpc"}};
  if (!store.empty()) fields.emplace_back("cpp-lite-store", store);
  return fields;
}

void add_status(Fields& fields, const Reply& reply, int code, const std::string& message) {
  fields.emplace_back("grpc-status", std::to_string(code));
  fields.emplace_back("grpc-message", message);
  if (reply.marker) fields.emplace_back("cpp-lite-not-executed", "1");
  for (const std::string& value : reply.pushbacks) {
    fields.emplace_back("grpc-retry-pushback-ms", value);
  }
}

Bytes headers_frame(std::int32_t id, const Fields& fields, bool end) {
  const auto flags = static_cast<std::uint8_t>(kEndHeaders | (end ? kEndStream : 0));
  return encode({h2::kHeaders, flags, id, h2::literals(fields)});
}

Bytes data_frame(std::int32_t id, const std::string& text, bool end = false) {
  Bytes message{0};
  message = std::move(message) + h2::big_endian(static_cast<std::uint32_t>(text.size()));
  message.insert(message.end(), text.begin(), text.end());
  return encode({h2::kData, static_cast<std::uint8_t>(end ? kEndStream : 0), id, message});
}

}  // namespace

// Reads with a session whose requests it collects, and writes what it likes.
class ScriptedPeer::Connection final : private h2::Transport::Listener {
 public:
  Connection(ScriptedPeer& peer, int number, io::Pipe pipe)
      : peer_(peer),
        number_(number),
        transport_(std::move(pipe.server)),
        control_(std::move(pipe.control)),
        session_(h2::Side::server, {}) {
    transport_->start(*this);
    flush_session();
  }

 private:
  struct Stream {
    explicit Stream(Loop& loop) : timer(loop) {}
    Seen* seen = nullptr;
    Reply reply;
    Timer timer;
  };

  // ---- From the client.

  void on_bytes(std::span<const std::uint8_t> bytes) override {
    if (gone_) return;
    session_.feed(bytes);
    session_.take_events(events_);
    for (h2::Event& event : events_) handle(event);
    flush_session();
  }
  void on_written(Bytes) override {
    writing_ = false;
    write();
  }
  void on_closed(std::string) override { lose(); }

  void handle(const h2::Event& event) {
    if (event.kind == h2::Event::Kind::headers && event.opens) return arrived(event);
    const auto found = streams_.find(event.id);
    if (found == streams_.end()) return;
    Stream& stream = *found->second;
    if (event.kind == h2::Event::Kind::data) {
      stream.seen->body.append(event.bytes.begin(), event.bytes.end());
      if (event.end_stream) whole(stream);
    } else if (event.kind == h2::Event::Kind::end) {
      whole(stream);
    } else if (event.kind == h2::Event::Kind::closed) {
      stream.seen->reset_by_client = now();
      stream.seen->reset_code = event.error;
    }
  }

  void arrived(const h2::Event& event) {
    auto stream = std::make_unique<Stream>(*peer_.loop_);
    peer_.seen.push_back(std::make_unique<Seen>());
    Seen& seen = *peer_.seen.back();
    seen.endpoint = peer_.name_;
    seen.connection = number_;
    seen.id = event.id;
    seen.arrived = now();
    for (std::size_t i = 0; i < event.block.size(); ++i) {
      seen.fields[std::string(event.block.name(i))] = event.block.value(i);
    }
    stream->seen = &seen;
    Stream& kept = *streams_.emplace(event.id, std::move(stream)).first->second;
    if (event.id > last_taken_) return note(kept, {.kind = Deed::Kind::refused_by_goaway});
    direct(kept);
    if (kept.reply.eager) act_later(kept);
    if (event.end_stream) whole(kept);
  }

  void direct(Stream& stream) {
    Reply& reply = stream.reply;
    reply = peer_.director_(*stream.seen);
    if (reply.new_store) peer_.store_ += '+';
    stream.seen->store = peer_.store_;
    const std::string named = stream.seen->field("cpp-lite-store");
    if (named.empty() || named == peer_.store_) return;
    // As our server does: the key says nothing here.
    reply = {.kind = Reply::Kind::trailers_only,
             .delay = reply.delay,
             .code = 14,
             .marker = true,
             .pushbacks = {"-1"},
             .store = reply.store};
  }

  void whole(Stream& stream) {
    stream.seen->whole = true;
    if (stream.seen->over()) return;
    if (stream.reply.early) execute(stream);
    if (!stream.reply.eager) act_later(stream);
  }

  void act_later(Stream& stream) {
    stream.timer.start(now() + stream.reply.delay, [this, &stream] { act(stream); });
  }

  void execute(Stream& stream) {
    stream.seen->executed = stream.seen->executed || stream.reply.executes;
  }

  // ---- To the client.

  void act(Stream& stream) {
    if (gone_ || stream.seen->over()) return;
    const Reply::Kind kind = stream.reply.kind;
    if (kind == Reply::Kind::goaway_below && refuse_from(stream)) return;
    if (kind == Reply::Kind::goaway_below || kind == Reply::Kind::goaway_not_below) {
      leave(stream.seen->id + stream.reply.above, stream.reply.error);
      // Later, so that the loss of the connection does not overtake it.
      return stream.timer.start(now() + std::chrono::nanoseconds(1), [this, &stream] {
        if (!gone_ && !stream.seen->over()) act(stream, stream.reply.after);
      });
    }
    act(stream, kind);
  }

  void act(Stream& stream, Reply::Kind kind) {
    execute(stream);
    switch (kind) {
      case Reply::Kind::trailers_only:
        return trailers_only(stream);
      case Reply::Kind::http_error:
        send(headers_frame(stream.seen->id,
                           {{":status", std::to_string(stream.reply.code)}, {"server", "proxy"}},
                           true));
        return note(stream, {.kind = Deed::Kind::http_error, .code = stream.reply.code});
      case Reply::Kind::reset:
        return reset(stream);
      case Reply::Kind::cut:
        return cut();
      case Reply::Kind::half_headers:
        return half(headers_frame(stream.seen->id, head_fields(""), false));
      case Reply::Kind::silence:
        return stream.timer.start(now() + std::chrono::minutes(1), [this] { cut(); });
      case Reply::Kind::data_without_headers:
        if (stream.seen->reset_by_client) return;
        send(data_frame(stream.seen->id, "what is this"));
        return lose();  // the client closes what breaks the rules so
      default:
        return begin(stream, kind);
    }
  }

  // An answer in two halves.
  void begin(Stream& stream, Reply::Kind kind) {
    const bool at_once = stream.reply.pause == std::chrono::nanoseconds::zero();
    if (at_once && kind == Reply::Kind::message_then_cut) return cut();  // it would overtake them
    send(headers_frame(stream.seen->id, head_fields(store_of(stream)), false));
    note(stream, {.kind = Deed::Kind::headers, .store = store_of(stream)});
    if (!stream.reply.bare) {
      send(data_frame(stream.seen->id, body_of(stream)));
      note(stream, {.kind = Deed::Kind::message, .message = body_of(stream)});
    }
    if (at_once) return finish(stream, kind);
    stream.timer.start(now() + stream.reply.pause, [this, &stream, kind] {
      if (!gone_ && !stream.seen->over()) finish(stream, kind);
    });
  }

  void finish(Stream& stream, Reply::Kind kind) {
    switch (kind) {
      case Reply::Kind::headers_then_reset:
        return reset(stream);
      case Reply::Kind::message_then_cut:
        return cut();
      case Reply::Kind::half_trailers:
        return half(headers_frame(stream.seen->id, {{"grpc-status", "0"}}, true));
      case Reply::Kind::no_trailers:
        send(encode({h2::kData, kEndStream, stream.seen->id, {}}));
        return note(stream, {.kind = Deed::Kind::body_end});
      case Reply::Kind::status_after_headers:
        return trailers(stream, stream.reply.code);
      default:
        return trailers(stream, 0);
    }
  }

  void trailers(Stream& stream, int code) {
    Fields fields;
    add_status(fields, stream.reply, code, words_of(stream));
    send(headers_frame(stream.seen->id, fields, true));
    note(stream, {.kind = Deed::Kind::trailers,
                  .code = code,
                  .marker = stream.reply.marker,
                  .pushbacks = stream.reply.pushbacks,
                  .message = words_of(stream)});
  }

  void trailers_only(Stream& stream) {
    Fields fields = head_fields(store_of(stream));
    add_status(fields, stream.reply, stream.reply.code, words_of(stream));
    send(headers_frame(stream.seen->id, fields, true));
    note(stream, {.kind = Deed::Kind::trailers_only,
                  .code = stream.reply.code,
                  .marker = stream.reply.marker,
                  .pushbacks = stream.reply.pushbacks,
                  .store = store_of(stream),
                  .message = words_of(stream)});
  }

  void reset(Stream& stream) {
    send(encode({h2::kRstStream, 0, stream.seen->id, h2::big_endian(stream.reply.error)}));
    note(stream, {.kind = Deed::Kind::reset, .code = static_cast<int>(stream.reply.error)});
  }

  // False: it would be a lie, because the request was executed.
  bool refuse_from(Stream& stream) {
    if (peer_.believable && highest_executed() >= stream.seen->id) return false;
    if (!peer_.believable) execute(stream);
    leave(std::max(stream.seen->id - 2, 0), stream.reply.error);
    return true;
  }
  std::int32_t highest_executed() const {
    std::int32_t highest = 0;
    for (const auto& [id, stream] : streams_) {
      if (stream->seen->executed) highest = std::max(highest, id);
    }
    return highest;
  }

  void leave(std::int32_t last, std::uint32_t error) {
    if (peer_.believable) last = std::max(last, highest_executed());
    last_taken_ = std::min(last_taken_, last);
    send(h2::goaway(last_taken_, error));
    for (const auto& [id, stream] : streams_) {
      if (id > last_taken_) note(*stream, {.kind = Deed::Kind::refused_by_goaway});
    }
  }

  // The connection ends behind half a frame.
  void half(Bytes frame) {
    frame.resize(frame.size() / 2);
    send(frame);
    ending_ = true;
    lose();
    write();
  }

  void cut() {
    if (gone_) return;
    lose();
    control_->cut("connection reset by peer");
  }

  void lose() {
    gone_ = true;
    for (const auto& [id, stream] : streams_) {
      note(*stream, {.kind = Deed::Kind::connection_lost});
    }
  }

  void note(Stream& stream, Deed deed) {
    if (stream.seen->over() || stream.seen->reset_by_client) return;
    deed.at = now();
    stream.seen->deeds.push_back(std::move(deed));
  }

  std::string body_of(const Stream& stream) const {
    return "answer " + std::to_string(number_) + '.' + std::to_string(stream.seen->id);
  }
  std::string words_of(const Stream& stream) const {
    return "words " + std::to_string(number_) + '.' + std::to_string(stream.seen->id);
  }
  std::string store_of(const Stream& stream) const {
    return stream.reply.store ? stream.seen->store : "";
  }
  SteadyTime now() const { return peer_.loop_->now(); }

  void flush_session() {
    h2::Output output;
    session_.output(output, kMuch);
    if (!output.empty()) send(std::move(output).join());
  }
  void send(const Bytes& bytes) {
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    write();
  }
  void write() {
    if (writing_) return;
    if (!waiting_.empty()) {
      writing_ = true;
      transport_->write(std::exchange(waiting_, {}));
    } else if (ending_) {
      transport_->close();
    }
  }

  ScriptedPeer& peer_;
  const int number_;
  std::unique_ptr<h2::Transport> transport_;
  std::shared_ptr<io::PipeControl> control_;
  h2::Session session_;
  std::vector<h2::Event> events_;
  std::map<std::int32_t, std::unique_ptr<Stream>> streams_;
  std::int32_t last_taken_ = 0x7fffffff;
  Bytes waiting_;
  bool writing_ = false;
  bool ending_ = false;  // behind what is waiting
  bool gone_ = false;
};

ScriptedPeer::ScriptedPeer(std::shared_ptr<support::FakeLoop> loop, Director director,
                           std::string name, std::string store)
    : loop_(std::move(loop)),
      director_(std::move(director)),
      name_(std::move(name)),
      store_(std::move(store)) {}

ScriptedPeer::~ScriptedPeer() = default;

std::unique_ptr<h2::Transport> ScriptedPeer::connect() {
  if (failing_dials > 0) {
    --failing_dials;
    return nullptr;
  }
  connected_at = std::min(connected_at, loop_->now());
  io::Pipe pipe = io::make_pipe(*loop_, name_);
  std::unique_ptr<h2::Transport> client = std::move(pipe.client);
  const int number = static_cast<int>(connections_.size());
  connections_.push_back(std::make_unique<Connection>(*this, number, std::move(pipe)));
  return client;
}

}  // namespace cpp_lite::retries
