// What a stream's owner hears, how a stream ends, and the options of a connection.
#pragma once

#include <cpp_lite/abuse.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "h2/header_block.h"

namespace cpp_lite::h2 {

enum class Side : std::uint8_t { client, server };

// Why a stream is over, told to its owner once.
enum class CloseReason : std::uint8_t {
  finished,  // both sides ended it, or the peer reset it with NO_ERROR after its END_STREAM, or
             // the server's response was complete before the request was
  reset_by_peer,  // RST_STREAM; `error` is its code
  refused,        // GOAWAY with a last stream id below this stream, or RST_STREAM(REFUSED_STREAM):
                  // the peer did nothing with it (RFC 9113 6.8, 8.7)
  reset_by_us,    // the session found the peer breaking a rule on this stream; `error` is our code
  connection_lost,  // the transport or the session ended under it; `detail` says how
  never_sent,       // client: GOAWAY or the end came before its headers were given to the
                    // transport; `detail` says how
};

struct StreamClose {
  CloseReason reason = CloseReason::finished;
  std::uint32_t error = 0;  // RFC 9113 section 7
  std::string_view detail;
};

// Who owns one stream: a client call or a served call. All functions run on the connection's loop,
// after nghttp2's own callbacks, so that everything may be called from inside them.
class StreamOwner {
 public:
  // A complete header block: 1xx, the response's or request's headers, or trailers (END_STREAM
  // set).
  virtual void on_headers(HeaderBlock block, bool end_stream) = 0;
  // Body bytes, valid during the call. They count against the stream's window until consume().
  virtual void on_data(std::span<const std::uint8_t> bytes) = 0;
  // The peer half-closed with a DATA frame (a header block says it in on_headers).
  virtual void on_end() = 0;
  // Both at once, for an owner who can use that. False, and nothing happened: they come one by one.
  virtual bool on_last_data(std::span<const std::uint8_t> bytes) {
    (void)bytes;
    return false;
  }
  // What was queued has fallen under the send buffer limit (see Connection::queued()).
  virtual void on_writable() = 0;
  // The last event; the id is not to be used again.
  virtual void on_close(const StreamClose& close) = 0;
  // Server: whether the client, which resets the stream now, takes it back sooner than an honest
  // one would often do. Asked before on_close().
  virtual bool taken_back_early() const { return true; }

 protected:
  ~StreamOwner() = default;
};

struct ConnectionOptions {
  std::uint32_t max_concurrent_streams = 1000;  // advertised (server)
  std::uint32_t stream_window = 1 << 20;        // bytes that the peer may send ahead per stream
  std::uint32_t connection_window = 24 << 20;   // and on all streams together
  std::uint32_t max_header_list = 16 << 10;     // advertised and enforced, RFC 9113 10.5.1
  std::uint32_t max_header_fields = 100;        // in one header block
  std::size_t send_buffer = 64 << 10;           // per stream: queued() from it on is "full"
  // Until the peer's first SETTINGS.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(20);
  std::chrono::nanoseconds keepalive{};  // PING after this much silence; 0: never
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  bool keepalive_without_calls = false;
  // At least so long between two PINGs that suspicion sends.
  std::chrono::nanoseconds suspicion_interval = std::chrono::seconds(10);
  // Server: what it asks of the client's PINGs, see PingStrikes. 0: nothing.
  std::chrono::nanoseconds min_ping_interval{};
  std::chrono::nanoseconds min_ping_interval_without_calls{};
  AbuseLimits abuse = {};  // server; `continuations` and `header_block` on both sides
  // Server: all that a client is told which speaks HTTP/1. With it nothing is said to anybody who
  // has said nothing. Lives as long as the connection.
  std::string_view http1_answer = {};
};

}  // namespace cpp_lite::h2
