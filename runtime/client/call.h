// One call on a network channel, of any of the four kinds: from waiting for a connection to its
// end.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "client/attempt_mode.h"
#include "client/core.h"
#include "client/incoming.h"
#include "client/outgoing.h"
#include "client/parent_link.h"
#include "client/repetition.h"
#include "client/slot.h"
#include "client/stores.h"
#include "h2/connection.h"
#include "wire/headers.h"
#include "wire/retry_hints.h"

namespace cpp_lite::client {

// Held by whoever may still hear from it: the queue of its channel while it waits, its connection
// while it has a stream, its RawStream. Constructor, make_unary() and loop(): any thread.
// Everything else: on the loop.
//
//   fresh           start()                                  waiting, or over
//   waiting         a connection with room                   open
//   waiting, open   the attempt fails, and may be repeated   waiting, or pausing
//   pausing         the delay is over                        waiting
//   any but fresh   status, failure, deadline, cancellation  over
//
// Each stay in `open` is one attempt. What may be repeated is decided by policy::RetryDecider.
// When it is over it has told everybody: the connection (RST_STREAM, where the stream is open), the
// parent, the channel, and the pending operations. Messages that came before can still be read.
class ClientCall final : public h2::StreamOwner, public std::enable_shared_from_this<ClientCall> {
 public:
  using Config = std::shared_ptr<const config::ServiceConfig>;
  // `deadline` is the call's own; that of a parent still narrows it. `config` as planned; may be
  // null. `mode`: it is one of several attempts.
  ClientCall(std::shared_ptr<ChannelCore> core, std::shared_ptr<Loop> loop, Call&& call,
             SteadyTime deadline, Config config, std::unique_ptr<AttemptMode> mode = nullptr);
  ~ClientCall();

  const std::shared_ptr<Loop>& loop() const { return loop_; }

  // The unary form: the whole request, before start(). Dropping the Future cancels the call.
  Future<RawReply> make_unary(Bytes request);
  void start(SteadyTime now);

  // What a RawStream does. One operation of each sort may be pending; a second one gets nothing.
  void write(Bytes message, detail::Promise<bool> done);
  bool close_writes();
  void read(detail::Promise<std::optional<Bytes>> next);
  void headers(detail::Promise<Metadata> headers);
  void finish(detail::Promise<RawReply> reply);
  void cancel(std::string_view why);  // nothing, when it is over
  // For callers on the loop, whom this spares the Promise where there is nothing to wait for.
  std::optional<std::optional<Bytes>> try_read();
  // What write() yields; or nothing: the message is taken, and wait_for_room() tells the rest.
  std::optional<bool> try_write(Bytes message);
  void wait_for_room(detail::Promise<bool> done) { writer_.arm(std::move(done)); }

  // For the channel.
  void wait_at(WaitingCalls::iterator place) { place_ = place; }
  void leave_queue();
  void open(h2::Connection& connection, SteadyTime now);
  // The guards of the endpoint that it is about to be opened at want to hear of the attempt.
  void admitted(const Guards::Permit& permit) { permit_ = permit; }
  bool waits() const { return state_ == State::waiting; }
  bool waits_for_ready() const;
  Wish wish() const;
  void pick_failed(Status status);  // the channel is failing, and the call does not wait
  void strand();                    // the only endpoints that it may go to are gone
  // For good; nothing, when it is over. `why`: what its last attempt says of that.
  void fail(Status status, std::string_view why);

  // For the owner of an attempt.
  AttemptMode& mode() { return *mode_; }
  std::optional<bool> try_write_framed(h2::Body message);  // as try_write()
  void tell_hook(const Attempt& attempt) const;
  // It is over, and its end is that of the whole call: what its reply tells of that.
  void conclude(std::vector<Attempt> attempts, int count);

 private:
  enum class State : std::uint8_t { fresh, waiting, open, pausing, over };

  void on_headers(h2::HeaderBlock block, bool end_stream) override;
  void on_data(std::span<const std::uint8_t> bytes) override;
  void on_end() override;
  void on_writable() override;
  void on_close(const h2::StreamClose& close) override;

  // The beginning and the end: call.cc
  bool join_parent(SteadyTime now);
  void parent_cancelled();
  void deadline_passed();
  Status deadline_status() const;
  std::string_view phase() const;
  void start_idle_timer();
  void check_idle();
  void end(Status status);
  void narrow_by_config(SteadyTime now);
  SteadyTime heard_at() const;
  void leave_stream();
  const std::string& peer() const { return connection_ ? connection_->peer() : last_peer_; }
  void tell_everybody();

  // From attempt to attempt: call_repeating.cc
  struct AttemptOver {
    Outcome outcome;
    Status status = {};
    bool timed_out = false;
    bool pick_failed = false;
    policy::Pushback pushback = {};
  };
  void attempt_over(AttemptOver over);
  void report(Outcome outcome, const Status& status);
  void succeeded(Status status);
  void lost(Status status, bool timed_out = false);
  bool holds_back_response() const;
  policy::Verdict judge(const AttemptOver& over);
  policy::AttemptEnd evidence(const AttemptOver& over) const;
  Repetition& repetition();
  void note(const AttemptOver& over, const policy::Verdict& verdict);
  Attempt describe(const AttemptOver& over, std::string verdict) const;
  void repeat(const policy::Verdict& verdict, Status last);
  void forget_attempt();
  int repetitions() const;
  bool last_permitted();
  void start_attempt_timer();
  void end_as_before(const Status& unsent, std::string_view why);
  void add_history(Status& status);

  // Towards the peer: call_sending.cc
  const h2::HeaderList* write_headers(const h2::Connection& connection, SteadyTime now);
  const h2::HeaderList* plain_headers(std::size_t longest, SteadyTime now) const;
  void unsendable(const Status& why);
  void send_waiting();
  bool may_send() const { return state_ != State::over && !outgoing_.closed(); }
  bool send(Bytes message);
  void send_framed(h2::Body message);
  bool has_room() const;

  // From the peer: call_receiving.cc
  void read_head(h2::HeaderBlock& block, bool end_stream);
  void begin_response(const wire::ResponseHead& head);
  void note_store(const wire::ResponseHead& head, std::string_view id);
  void read_trailers(h2::HeaderBlock& block, bool end_stream);
  Status final_status(Status status) const;
  Status missing_status() const;
  void refused(std::string_view detail);
  void ended_by_peer(Status status, bool trailers_only, const wire::RetryHints& hints);
  bool single_response() const { return !method_.server_streams; }
  Bytes take_message();
  void message_failed(Status status);
  void give_credit();
  void serve_reader();
  void serve_header_reader();
  void serve_finisher();

  // Constant after construction. (The order matters: the core may need the loop until it is gone.)
  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<ChannelCore> core_;
  const Method& method_;
  const std::unique_ptr<AttemptMode> mode_;  // null: the call stands for itself

  // Touched on the loop only, once the call has been started.
  CallSettings options_;
  ParentLink parent_;
  SteadyTime deadline_;
  State state_ = State::fresh;
  bool started_ = false;
  Timer deadline_timer_;
  std::optional<Timer> idle_timer_;  // of streams whose method has an idle_timeout
  SteadyTime last_message_;
  std::optional<WaitingCalls::iterator> place_;  // while in the channel's queue
  h2::Connection* connection_ = nullptr;         // while open
  std::int32_t stream_ = 0;                      // while open
  std::optional<Guards::Permit> permit_;         // while open, if there are guards

  CallConfig config_;  // until start(), only what was planned
  RetryHint hint_ = RetryHint::none;
  std::unique_ptr<Repetition> repetition_;  // from the first failure on, or when it is needed
  std::optional<Timer> attempt_timer_;      // of methods with an attempt_timeout
  SteadyTime picked_at_;                    // of the attempt under way
  std::uint64_t bytes_sent_ = 0;            // likewise
  std::string last_peer_;                   // likewise, once it has left its connection
  StoreInSight store_;                      // likewise, of keyed methods
  int previous_attempts_ = 0;               // likewise: what the peer was told

  std::optional<Bytes> request_;  // of a unary call that was not started yet
  bool as_a_whole_;               // make_unary(): the user sees the response at the end, or nothing
  Outgoing outgoing_;

  Incoming incoming_;
  bool head_read_ = false;
  bool peer_ended_ = false;
  int http_status_ = 0;
  bool discarding_ = false;  // finish() was called
  RawReply reply_;           // grows; without the message, which waits in incoming_

  Slot<bool> writer_;
  Slot<std::optional<Bytes>> reader_;
  Slot<Metadata> header_reader_;
  Slot<RawReply> finisher_;
};

}  // namespace cpp_lite::client
