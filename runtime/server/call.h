// One served call: an HTTP/2 stream on one side, a handler on the other.
#pragma once

#include <cpp_lite/handler.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "h2/connection.h"
#include "server/context.h"
#include "server/inbox.h"
#include "server/shard.h"
#include "wire/causes.h"

namespace cpp_lite::server {

class Peer;
class Shield;

// The stream half and the layers belong to the connection's loop; the handler half (ServerContext,
// ServedCall) to the handler's executor, which is that loop or a strand of the pool: layers do not
// touch it between next() and its end. What crosses is posted. Held by the connection until the
// stream is over and by the handler until it is done.
//
//   reading the head --refused--> answered
//   waiting for the one request message (not for streamed requests) --bad--> answered
//   running: layers, the queue of the pool, the handler --handler done, or deadline, or failure-->
//   answered any --reset, connection lost--> gone
class ServerCall final : public h2::StreamOwner,
                         public Context,
                         public CallLink,
                         private detail::ServedCall,
                         private Next::Chain,
                         public std::enable_shared_from_this<ServerCall> {
 public:
  ServerCall(Shard& shard, Peer& peer, std::int32_t id);

  // The connection has all the handlers that it may have. Before on_headers().
  void crowd_out() { crowded_out_ = true; }

  // Ends the call with UNAVAILABLE now and cancels its handler: the server ends. Loop.
  void shut_down();
  // What its messages take on their way in and out; ends it to have that back. Loop.
  std::size_t memory() const;
  void end_for_memory();
  void open_window() { give_credit(); }

  std::shared_ptr<CallContext> handle() const override;
  Future<bool> send_headers() override;
  bool request_compressed() const override { return inbox_.took_compressed(); }
  MessageBytes message_bytes() const override;
  Future<KeyedAnswer> execute_keyed(Service& service, const Route& route,
                                    std::span<const std::uint8_t> request) override;

 private:
  // h2::StreamOwner, on the loop.
  void on_headers(h2::HeaderBlock block, bool end_stream) override;
  void on_data(std::span<const std::uint8_t> bytes) override;
  bool on_last_data(std::span<const std::uint8_t> bytes) override;
  void on_end() override;
  void on_writable() override;
  void on_close(const h2::StreamClose& close) override;
  bool taken_back_early() const override;

  // ServedCall, on the handler's executor, and Next::Chain, on the loop.
  ServerContext& context() override { return *this; }
  std::span<const std::uint8_t> request() override { return request_view(); }
  Future<std::optional<Bytes>> read() override;
  Here read_here(google::protobuf::MessageLite& message) override;
  Future<bool> write(Bytes message) override;
  void respond(Bytes message) override { response_ = std::move(message); }
  void fail(Status status) override { failure_ = std::move(status); }
  Future<Status> run(std::size_t layer) override;
  class Keyed;
  bool is_keyed() const;
  Status of_another_store() const;
  Future<Status> serve_keyed();
  void begun(std::shared_ptr<Shield> shield);
  void ended(const std::shared_ptr<Shield>& shield);

  // From headers to a running handler; loop.
  bool open() const { return connection_ != nullptr && !answered_; }
  bool turned_away_at_once();
  h2::Connection* leave_connection();
  void cut(std::uint32_t error);
  void note_memory();
  void bad_message(const Status& bad);
  void refuse_later(wire::Refusal refusal, bool end_stream);
  void discard(std::size_t size);
  void refuse();
  bool arm_deadline();
  void start();
  void over_before_start();
  Future<Status> serve_on_pool();             // begins on the loop and ends on a strand
  Future<Status> serve();                     // on the handler's executor
  Future<Status> heard(Future<Status> done);  // likewise
  std::optional<Status> turned_away();        // likewise
  void handler_done(Future<Status> done);     // likewise, or on the loop
  Status thrown() const;
  Status status_of(Future<Status>& done) const;
  void finish(Status status);
  void finish_later(Status status);
  void back_from_pool();
  bool is_proven(const Status& status) const;
  // Ends the call now and cancels its handler.
  void abort(const Status& status);
  // Likewise; if it is proven that its handler never began, counts it and tells the client.
  void abort_for_lack_of_time(const Status& status, bool proven, std::atomic<std::uint64_t>& count);
  void end(const Status& status);  // bare: the handler may be at work on its metadata
  void end_whole(Status status, bool not_executed);  // with its metadata; it is done
  void send_status(const Status& status, const Metadata* metadata, bool not_executed);

  // Messages; loop.
  using Message = detail::Promise<std::optional<Bytes>>;
  std::optional<std::optional<Bytes>> read_now();
  void read_later(Message promise);
  // How the handler wanted its messages when it sent one.
  struct Encoding {
    bool announce;  // gzip, in the headers
    bool compress;  // this message
  };
  Encoding encoding() const { return {may_compress_, compress_}; }
  std::optional<bool> write_now(Bytes message, Encoding encoding);
  void write_later(Bytes message, Encoding encoding, detail::Promise<bool> promise);
  void wake_reader();
  void give_credit();
  void taken(std::size_t size);
  Status push(Bytes message, Encoding encoding);
  void send_headers_now(bool announce_gzip);
  Status push_headers(bool announce_gzip);
  bool usual() const;
  void expire(wire::LocalCause cause, std::string_view detail);
  void restart_idle_timer();
  void stop_waiting();
  void misused(std::string_view what);

  // Between loop and pool, behind the layers.
  //
  class AtWork;
  //   outside --no thread is free--> queued --a thread is--> begun
  //                                  queued --deadline, reset, shutdown--> ended
  enum class Stage : std::uint8_t { outside, queued, begun, ended };
  bool leave_queue(Stage next);

  // What few calls have.
  struct Rare {
    explicit Rare(Loop& loop) : idle_timer(loop) {}
    Timer idle_timer;
    std::optional<wire::Refusal> refusal;          // given when the request is over
    std::size_t discarded = 0;                     // of that request
    std::vector<std::shared_ptr<Shield>> shields;  // of keyed handlers that run
    std::optional<Status> after_work;  // how the call ends when the pool is not at work any more
  };
  Rare& rare();
  bool refused() const { return rare_ != nullptr && rare_->refusal.has_value(); }
  void stop_idle_timer() {
    if (rare_ != nullptr) rare_->idle_timer.stop();
  }

  Shard& shard_;
  h2::Connection* connection_;  // null: the stream is over
  Peer& peer_;                  // as long as that
  const Entry* entry_ = nullptr;
  std::unique_ptr<Rare> rare_;
  std::size_t received_ = 0;  // the memory of inbox_, as the peer knows
  Inbox inbox_;
  MessageBytes streamed_;                 // read() and write() by the handler
  SteadyTime began_ = SteadyTime::max();  // max: it is no call
  SteadyTime queued_at_{};
  Timer deadline_timer_;
  std::optional<Message> reader_;                // a read() that waits
  std::optional<detail::Promise<bool>> writer_;  // a write() that waits
  Status failure_;
  const std::int32_t id_;
  std::atomic<Stage> stage_{Stage::outside};  // synchronized on its own
  bool head_seen_ = false, started_ = false, answered_ = false, headers_sent_ = false;
  bool crowded_out_ = false, done_ = false;
  bool abandoned_ = false;    // its handler goes on, and the peer counts it
  bool answered_ok_ = false;  // as far as the client can know
  bool gzip_announced_ = false;
  bool feeding_ = false;  // on_data() settles what messages that are taken leave behind
  bool at_work_ = false;  // the pool may touch what is the handler's
  bool shutting_down_ = false;
  bool handler_began_ = false, handler_promised_ = false;  // the handler's, then the loop's
};

}  // namespace cpp_lite::server
