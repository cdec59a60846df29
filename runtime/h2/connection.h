// One HTTP/2 connection: a Transport and a Session joined, and the streams on them by id.
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "h2/header_block.h"
#include "h2/transport.h"

namespace cpp_lite::h2 {

// Why a stream is over, told to its owner once.
enum class CloseReason : std::uint8_t {
  finished,         // both sides ended it (or the peer reset it with NO_ERROR after its END_STREAM)
  reset_by_peer,    // RST_STREAM; `error` is its code
  refused,          // GOAWAY with a last stream id below this stream, or RST_STREAM(REFUSED_STREAM):
                    // the peer did nothing with it (RFC 9113 6.8, 8.7)
  reset_by_us,      // the session found the peer breaking a rule on this stream; `error` is our code
  connection_lost,  // the transport or the session ended under it; `detail` says how
};

struct StreamClose {
  CloseReason reason = CloseReason::finished;
  std::uint32_t error = 0;  // RFC 9113 section 7
  std::string_view detail;
};

// Who owns one stream: a client call or a served call. All functions run on the connection's loop, after nghttp2's own
// callbacks, so that everything may be called from inside them.
class StreamOwner {
 public:
  // A complete header block: 1xx, the response's or request's headers, or trailers (END_STREAM set).
  virtual void on_headers(HeaderBlock block, bool end_stream) = 0;
  // Body bytes, valid during the call. They count against the stream's window until consume().
  virtual void on_data(std::span<const std::uint8_t> bytes) = 0;
  // The peer half-closed with a DATA frame (a header block says it in on_headers).
  virtual void on_end() = 0;
  // What was queued has fallen under the send buffer limit (see Connection::queued()).
  virtual void on_writable() = 0;
  // The last event; the id is not to be used again.
  virtual void on_close(const StreamClose& close) = 0;

 protected:
  ~StreamOwner() = default;
};

struct ConnectionOptions {
  std::uint32_t max_concurrent_streams = 1000;       // advertised (server) 
  std::uint32_t stream_window = 1 << 20;             // bytes that the peer may send ahead per stream
  std::uint32_t connection_window = 24 << 20;        // and on all streams together
  std::uint32_t max_header_list = 16 << 10;          // advertised and enforced, RFC 9113 10.5.1
  std::size_t send_buffer = 64 << 10;                // per stream: queued() above it is "full"
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(20);  // until the peer's first SETTINGS
  std::chrono::nanoseconds keepalive{};              // PING after this much silence; 0: never
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  bool keepalive_without_calls = false;
};

// Belongs to one loop. Held by shared_ptr; it keeps itself alive while it dispatches events, not longer.
class Connection final : public std::enable_shared_from_this<Connection>, private Transport::Listener {
 public:
  // Who owns the connection: a channel or a server.
  class Owner {
   public:
    // Client: the peer's SETTINGS arrived, calls may start. Server: not called.
    virtual void on_ready(Connection&) {}
    // Server: a new stream's headers are complete. Returns who owns it; null refuses it.
    virtual std::shared_ptr<StreamOwner> on_stream(Connection&, std::int32_t id) { (void)id; return nullptr; }
    // Client: the peer sent GOAWAY, or stream ids ran out: no new streams here; existing ones go on.
    virtual void on_draining(Connection&) {}
    // Room for another stream after can_open() was false.
    virtual void on_capacity(Connection&) {}
    // The connection is over; every stream has had its on_close(). The last event.
    virtual void on_closed(Connection&, const std::string& reason) = 0;

   protected:
    ~Owner() = default;
  };

  enum class Side : std::uint8_t { client, server };
  Connection(Side side, std::shared_ptr<Loop> loop, std::unique_ptr<Transport> transport, Owner& owner,
             const ConnectionOptions& options);
  ~Connection();

  void start();                       // sends the preface and SETTINGS, begins to read
  const std::string& peer() const;
  Loop& loop() const;
  bool closed() const;

  // Client: opens a stream. Only while can_open(). The owner is held until on_close().
  bool can_open() const;              // ready, not draining, and under the peer's MAX_CONCURRENT_STREAMS
  std::int32_t open(const HeaderList& headers, std::shared_ptr<StreamOwner> owner);

  // Server: response headers; may be sent once per stream (after any 1xx). end_stream: Trailers-Only.
  void send_headers(std::int32_t id, const HeaderList& headers, bool end_stream);
  // Queues body bytes. end_stream half-closes after them (bytes may be empty then).
  void send_data(std::int32_t id, std::vector<std::uint8_t> bytes, bool end_stream);
  // Ends this side with trailers, after all queued data.
  void send_trailers(std::int32_t id, const HeaderList& trailers);
  // Body bytes that wait for windows or the transport.
  std::size_t queued(std::int32_t id) const;
  // Gives `bytes` of received body back to the peer's window.
  void consume(std::int32_t id, std::size_t bytes);
  // Ends a stream both ways at once. No event follows: on_close() is NOT called, the owner is released.
  void reset(std::int32_t id, std::uint32_t error);

  std::size_t streams() const;        // open ones
  // Server: GOAWAY(2^31-1), then, after a round trip, GOAWAY(last id); from then no higher stream reaches the owner. The
  // connection closes itself when its last stream ends. Client: takes no new streams, closes when the last ends.
  void drain();
  // Ends everything now: sends GOAWAY(error), then closes. All streams get on_close(connection_lost), then on_closed().
  void close(std::string reason, std::uint32_t error = 0);
};

}  // namespace cpp_lite::h2
