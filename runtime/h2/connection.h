// One HTTP/2 connection: a Transport and a Session joined, and the streams on them by id.
#pragma once

#include <cpp_lite/loop.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/header_block.h"
#include "h2/id_map.h"
#include "h2/keepalive.h"
#include "h2/output.h"
#include "h2/session.h"
#include "h2/stream.h"
#include "h2/transport.h"

namespace cpp_lite::h2 {

// Belongs to one loop. Held by shared_ptr; it keeps itself alive while it dispatches events, not
// longer. Dropping the last reference ends it like close(), except that Owner::on_closed() is not
// called.
class Connection final : public std::enable_shared_from_this<Connection>,
                         private Transport::Listener {
 public:
  // Who owns the connection: a channel or a server.
  class Owner {
   public:
    // The peer's SETTINGS arrived. Client: calls may start.
    virtual void on_ready(Connection&) {}
    // Server: a new stream's headers are complete. Returns who owns it; null refuses it.
    virtual std::shared_ptr<StreamOwner> on_stream(Connection&, std::int32_t id) {
      (void)id;
      return nullptr;
    }
    // Server: a stream came after the last GOAWAY and is not taken.
    virtual void on_refused(Connection&) {}
    // Client: the peer sent GOAWAY, or stream ids ran out: no new streams here; existing ones go
    // on.
    virtual void on_draining(Connection&) {}
    // Room for another stream after can_open() was false.
    virtual void on_capacity(Connection&) {}
    // Server: what came was told, and as much was written as could be. unsent() is up to date.
    virtual void on_settled(Connection&) {}
    // The connection is over; every stream has had its on_close(). The last event.
    virtual void on_closed(Connection&, const std::string& reason) = 0;

   protected:
    ~Owner() = default;
  };

  using Side = h2::Side;
  Connection(Side side, std::shared_ptr<Loop> loop, std::unique_ptr<Transport> transport,
             Owner& owner, const ConnectionOptions& options);
  ~Connection();

  // Sends the preface and SETTINGS, begins to read; see ConnectionOptions::http1_answer.
  void start();
  const std::string& peer() const { return transport_->peer(); }
  // Who the peer proved to be; null: nobody.
  std::shared_ptr<const PeerCertificate> certificate() const { return transport_->certificate(); }
  Loop& loop() const { return *loop_; }
  bool closed() const { return closed_; }

  // Client: opens a stream. Only while can_open(). The owner is held until on_close().
  bool can_open() const;  // ready, not draining, and under the peer's MAX_CONCURRENT_STREAMS
  // Its id, or 0 if it cannot be opened.
  std::int32_t open(const HeaderList& headers, std::shared_ptr<StreamOwner> owner);

  // All that is sent is queued and written together: after the events that are being dispatched, or
  // else in the loop's next turn. For ids that are unknown or over, nothing happens.

  // Server: response headers; may be sent once per stream (after any 1xx). end_stream:
  // Trailers-Only. When the response is complete before the request is, the rest of the request is
  // called off with RST_STREAM(NO_ERROR), and the stream has finished.
  void send_headers(std::int32_t id, const HeaderList& headers, bool end_stream);
  // Queues body bytes. end_stream half-closes after them (bytes may be empty then).
  void send_data(std::int32_t id, Body body, bool end_stream);
  // Ends this side with trailers, after all queued data.
  void send_trailers(std::int32_t id, const HeaderList& trailers);
  // The longest header list that the peer takes, counted as RFC 9113 6.5.2 does. A longer one makes
  // its stream fail, so owners look first.
  std::size_t longest_list() const { return session_.longest_list(); }
  // Body bytes that wait for windows or the transport. Who found it at send_buffer or more hears
  // on_writable() when it is less.
  std::size_t queued(std::int32_t id) const { return session_.queued(id); }
  // What they take: a body is kept as a whole until its last byte is out.
  std::size_t held(std::int32_t id) const { return session_.held(id); }
  // Of all streams, and what the transport holds until it has sent what it has.
  std::size_t unsent() const {
    return session_.held() + in_flight_ + (writing_ ? session_.abandoned() : 0);
  }
  // Gives `bytes` of received body back to the peer's window. A stream that ends gives back the
  // rest.
  void consume(std::int32_t id, std::size_t bytes);
  // Ends a stream both ways at once, with what it has queued. No event follows: on_close() is NOT
  // called, the owner is released.
  void reset(std::int32_t id, std::uint32_t error);

  std::size_t streams() const { return streams_.size(); }     // open ones
  std::vector<std::shared_ptr<StreamOwner>> owners() const {  // of them
    std::vector<std::shared_ptr<StreamOwner>> all;
    for (const std::int32_t id : streams_.ids()) {
      if (const auto& owner = streams_.find(id)->owner) all.push_back(owner);
    }
    return all;
  }
  // What its user wants to keep about the connection as long as there is one; null at first.
  const std::shared_ptr<void>& attachment() const { return attachment_; }
  void attach(std::shared_ptr<void> attachment) { attachment_ = std::move(attachment); }
  // Client: when the bytes were read whose events are being told; now, if that is not so.
  SteadyTime heard_at() const;
  // Client: a request got no answer in its time. Until bytes arrive, suspect() is true; the peer is
  // asked for some with a PING, unless it has been lately.
  void raise_suspicion();
  bool suspect() const { return suspicion_.raised(); }
  // Why a server hangs up on a client that sends more PINGs than it allows (gRFC A8); and what its
  // GOAWAY says, which clients look for.
  static constexpr std::string_view kTooManyPings = "too_many_pings";
  // And what it says of one that does not begin (the last words of it).
  static constexpr std::string_view kHandshakeTimedOut = " handshake timed out";
  // Client: the peer's GOAWAY says that.
  bool too_many_pings() const { return too_many_pings_; }
  // Server: GOAWAY(2^31-1), then, after a round trip, GOAWAY(last id); from then no higher stream
  // reaches the owner. When its last stream has ended it waits a second for the client to close,
  // which saves the last bytes from a TCP reset, then closes itself. Client: takes no new streams,
  // closes when the last ends.
  void drain();
  // Server: what the client lost its connection for, if it was for that.
  Attack attack() const { return session_.attack(); }
  // Ends everything now: sends GOAWAY(error), then closes. All streams get
  // on_close(connection_lost), then on_closed().
  void close(std::string reason, std::uint32_t error = 0);

 private:
  // What all streams together may put into one write, beside what it refers to.
  static constexpr std::size_t kWriteAtOnce = 256 << 10;

  struct Slot {
    std::shared_ptr<StreamOwner> owner;  // null while Owner::on_stream() runs
    void recycle() { owner.reset(); }
  };

  // Transport::Listener.
  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_written(std::vector<std::uint8_t> buffer) override;
  void on_closed(std::string reason) override;

  // Events out, bytes out. dispatch() says whether anybody heard anything.
  bool dispatch();
  void flush();
  void wake();
  bool settle();

  void handle(Event& event);
  void handle_headers(Event& event);
  void handle_data(const Event& event);
  void handle_closed(const Event& event);
  const Verdict* judge_close(const Event& event, const StreamOwner& owner);
  void hang_up(const Verdict* verdict);
  bool accept(std::int32_t id);
  StreamOwner* owner_of(std::int32_t id);
  void release(std::shared_ptr<StreamOwner> owner);

  bool speaks_http1(std::span<const std::uint8_t> bytes);
  void become_ready();
  void handshake_timed_out();
  void stop_taking_streams();
  void send_final_goaway();
  void check_drained();
  void watch_peer();
  void write_now();
  void say_goodbye(std::uint32_t error, const std::string& reason);
  void finish(const std::string& reason);
  void end_streams(const std::string& reason);

  const Side side_;
  const std::shared_ptr<Loop> loop_;
  const std::unique_ptr<Transport> transport_;
  Owner& owner_;
  const ConnectionOptions options_;
  Session session_;
  IdMap<Slot> streams_;
  std::vector<Event> batch_;                            // being dispatched
  std::vector<std::shared_ptr<StreamOwner>> released_;  // but perhaps at work in this dispatch
  Output output_;                                       // the next write
  Keepalive keepalive_;
  Suspicion suspicion_;
  PingStrikes ping_strikes_;
  Timer peer_alarm_;   // the handshake, then keepalive
  Timer drain_alarm_;  // the drain's steps
  std::shared_ptr<void> attachment_;
  bool started_ = false;
  bool silent_ = false;           // server: until it is known what the client speaks
  std::size_t preface_seen_ = 0;  // so much of "PRI "
  bool ready_ = false;            // the peer's SETTINGS came
  bool draining_ = false;         // no new streams
  bool final_ = false;            // server: the GOAWAY that counts is queued
  bool peer_leaves_ = false;      // its GOAWAY came; without streams nghttp2 is deaf from then on
  bool too_many_pings_ = false;
  bool lingers_ = false;                // server: waits for the client to close
  std::optional<SteadyTime> heard_at_;  // client: while what came is told
  bool full_ = false;                   // can_open() is false for want of room alone
  bool writing_ = false;                // the transport has a write
  std::size_t in_flight_ = 0;           // of so many bytes
  bool dispatching_ = false;            // owners are being called
  bool flush_posted_ = false;
  bool closed_ = false;
};

inline StreamOwner* Connection::owner_of(std::int32_t id) {
  Slot* slot = streams_.find(id);
  return slot == nullptr ? nullptr : slot->owner.get();
}

inline void Connection::handle_data(const Event& event) {
  StreamOwner* owner = owner_of(event.id);
  if (owner == nullptr || (event.end_stream && owner->on_last_data(event.bytes))) return;
  owner->on_data(event.bytes);
  if (!event.end_stream) return;
  if ((owner = owner_of(event.id)) != nullptr) owner->on_end();
}

}  // namespace cpp_lite::h2
