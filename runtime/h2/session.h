// HTTP/2 as a function of bytes: bytes in, events out; orders in, bytes out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "h2/abuse.h"
#include "h2/frame_scanner.h"
#include "h2/frame_space.h"
#include "h2/header_block.h"
#include "h2/id_map.h"
#include "h2/output.h"
#include "h2/past_streams.h"
#include "h2/send_queue.h"
#include "h2/stream.h"

struct nghttp2_session;

namespace cpp_lite::h2 {

// What happened, in order.
struct Event {
  enum class Kind : std::uint8_t {
    settings,  // the peer's SETTINGS came
    headers,   // a complete block; `opens`: it starts a stream of the peer's
    data,      // body bytes, inside the span that feed() was given; perhaps the last
    end,       // the peer half-closed with a DATA frame, and no bytes for this to go with
    writable,  // the stream's queue has fallen under the send buffer limit
    closed,    // the stream is over; the session has forgotten it
    refused,   // server: a stream that came after our last GOAWAY
    goaway,    // the peer's GOAWAY; `error` is its code, Session::goaway_text() the rest
    notice_acknowledged,  // the peer has seen what send_shutdown_notice() sent
    ping,                 // server: the client wants a sign of life, and gets it
  };
  Kind kind = Kind::settings;
  CloseReason reason = CloseReason::finished;
  bool end_stream = false;
  bool opens = false;
  bool early = false;  // closed: the client reset it, and it was not over, or broke a rule
  std::int32_t id = 0;
  std::uint32_t error = 0;
  std::span<const std::uint8_t> bytes;
  HeaderBlock block;
};

// One side of a connection, on nghttp2. Owns no socket, thread or clock; calls nobody. What the
// peer sends is judged here: a bad message costs its stream, a bad frame the session.
class Session {
 public:
  // `space`: of the loop that it is used on; null: it has its own.
  Session(Side side, const ConnectionOptions& options, std::shared_ptr<FrameSpace> space = nullptr);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Takes the peer's bytes, in pieces of any size. Adds events.
  void feed(std::span<const std::uint8_t> bytes);
  // Appends what is to be sent now, until `out` holds `limit` bytes or one frame more. Adds events.
  // `referred`: so many bytes of bodies that it refers to may come on top.
  void output(Output& out, std::size_t limit, std::size_t referred = 0);
  // Moves the events since the last call into `batch`, which is emptied before.
  void take_events(std::vector<Event>& batch);
  // Whether output() has something to append, limits apart.
  bool wants_output() const;

  // Not empty once the session is beyond repair: why. Nothing more will come out of it, except,
  // once and if the peer can be told, a GOAWAY.
  const std::string& failure() const { return failure_; }
  const std::string& goaway_text() const { return goaway_text_; }
  // Server: the client's record, and for what it lost the connection.
  Abuse& abuse() { return abuse_; }
  Attack attack() const { return attack_; }
  void hang_up(const Verdict& verdict);
  // Whether HEADERS or DATA went out since this was asked last.
  bool take_sent() { return std::exchange(sent_, false); }
  std::uint32_t peer_max_streams() const;
  // The longest header list that is worth sending, counted as RFC 9113 6.5.2 does: what the peer's
  // SETTINGS allow, and nghttp2 sends. A longer one ends its stream with INTERNAL_ERROR.
  std::size_t longest_list() const;
  bool ids_left() const;
  // Client: nothing of this stream has come out of output().
  bool never_sent(std::int32_t id) const { return id > last_begun_; }

  // All below: orders for ids that are unknown or over have no effect.

  // Client. The id of a new stream.
  std::int32_t request(const HeaderList& headers);
  // Server. 1xx headers, response headers, or a whole response of headers alone.
  void respond(std::int32_t id, const HeaderList& headers, bool end_stream);
  void send_data(std::int32_t id, Body body, bool end_stream);
  void send_trailers(std::int32_t id, const HeaderList& trailers);
  std::size_t queued(std::int32_t id) const;
  // What such bodies take: they are kept as a whole until their last byte is out.
  std::size_t held(std::int32_t id) const;
  std::size_t held() const { return held_; }  // of all streams
  // What else the last output() keeps: rest of bodies whose streams have been forgotten since.
  std::size_t abandoned() const { return abandoned_; }
  // The peer may send so much again: on the stream, and, from give_credit() or output() on, on the
  // connection.
  void consume(std::int32_t id, std::size_t bytes);
  void give_credit();
  // Sends RST_STREAM and forgets the stream; its unsent bytes are dropped, its window is given
  // back.
  void reset(std::int32_t id, std::uint32_t error);

  void ping();
  // Server: GOAWAY(2^31-1) and a PING, which the peer answers after it has read the GOAWAY.
  void send_shutdown_notice();
  // GOAWAY that names the last stream that was seen. Streams above it make no events from now on.
  void send_goaway(std::uint32_t error, const std::string& text);

 private:
  struct Callbacks;  // nghttp2's way in

  struct Stream {
    SendQueue queue;
    HeaderList trailers;       // to send behind the queue
    std::string trailer_text;  // of those that do not last
    std::size_t unconsumed = 0;
    bool ends = false;  // END_STREAM follows the queue
    bool has_trailers = false;
    bool waits = false;  // nghttp2 found the queue empty: it must be told when that changes
    bool full = false;   // the queue reached the send buffer limit
    bool remote_ended = false;
    bool reset_received = false;
    void recycle();
    void keep_trailers(const HeaderList& list);
  };

  Event& add(Event::Kind kind, std::int32_t id);
  bool out_full() const;
  void fail(std::string why);
  void check(int result);
  void feed_watched(std::span<const std::uint8_t> bytes);
  void take(std::span<const std::uint8_t> bytes);
  bool greeted(std::span<const std::uint8_t>& bytes);
  bool may_be_over(const FrameHead& head) const;
  const Verdict* data_for_no_stream(const FrameHead& head);
  void submit_settings(const ConnectionOptions& options);
  void queue_changed(std::int32_t id, Stream& stream);
  void forget(std::int32_t id, Stream& stream);
  bool worth_decoding();
  void headers_complete(std::int32_t id, bool opens, bool end_stream);
  void body_ended(std::int32_t id);
  void stream_closed(std::int32_t id, std::uint32_t error);
  void unknown_stream_closed();
  void header(std::span<const std::uint8_t> name, std::span<const std::uint8_t> value, bool secret);

  const Side side_;
  const ConnectionOptions options_;
  struct Delete {
    void operator()(nghttp2_session* session) const;
  };
  IdMap<Stream> streams_;
  std::vector<Event> events_;
  // HTTP/2 lets one block come at a time: the first of a stream, or one behind it.
  BlockCollector first_, further_;
  std::size_t credit_ = 0;  // of the connection, not told to nghttp2 yet
  BlockCollector* incoming_ = &first_;
  bool over_limit_ = false;        // that block
  std::size_t incoming_size_ = 0;  // as RFC 9113 6.5.2 counts: 32 more per field
  std::size_t continuations_ = 0;  // of that block
  std::size_t block_size_ = 0;     // of that block, compressed
  std::int32_t last_begun_ = 0;    // client: the highest stream whose headers went out
  std::int32_t last_seen_ = 0;     // server: the highest stream that made an event
  std::size_t held_ = 0;           // by the bodies of all streams
  std::size_t abandoned_ = 0;
  PastStreams past_;             // server
  std::size_t magic_left_ = 24;  // server: of the client's preface, RFC 9113 3.4
  FrameScanner scanner_;         // server
  Abuse abuse_;
  Attack attack_ = Attack::none;
  bool hung_up_ = false;            // a GOAWAY of ours is queued that names an error
  std::size_t resets_to_come_ = 0;  // of streams that were forgotten already
  bool goaway_queued_ = false;      // ours, with a last stream id that counts
  std::int32_t last_refused_ = 0;   // since then: the highest stream that was not taken
  bool sent_ = false;               // HEADERS or DATA, since take_sent()
  std::string failure_;
  std::string goaway_text_;
  Output* out_ = nullptr;  // during output()
  std::size_t out_limit_ = 0, referred_limit_ = 0;
  SessionMemory memory_;
  std::unique_ptr<nghttp2_session, Delete> session_;
};

}  // namespace cpp_lite::h2
