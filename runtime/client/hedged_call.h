// One call that is sent several times at once (gRFC A6's hedging): from its first attempt to its
// end.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "client/attempt_mode.h"
#include "client/call.h"
#include "client/core.h"
#include "client/parent_link.h"
#include "client/slot.h"
#include "policy/hedge_decider.h"

namespace cpp_lite::client {

// Held by its RawStream, and by the core from its start to its end. Constructor, make_unary() and
// loop(): any thread. Everything else: on the loop. Each attempt is a ClientCall.
//
//   fresh    start()                                             running
//   running  the delay is over, an attempt fails                 running; sends another one
//   running  a response begins (streams)                         chosen
//   running  an attempt ends the call, none is left, fail()      chosen, and over
//   chosen   the chosen attempt ends                             over
//
// Once an attempt is chosen the others are cancelled, and it alone serves the user, also after its
// end. What the user asks before that waits here.
class HedgedCall final : public std::enable_shared_from_this<HedgedCall>, private AttemptOwner {
 public:
  // The plan's policy has at least 2 attempts. `deadline` as for ClientCall.
  HedgedCall(std::shared_ptr<ChannelCore> core, std::shared_ptr<Loop> loop, Call call,
             SteadyTime deadline, CallPlan plan);
  ~HedgedCall();

  const std::shared_ptr<Loop>& loop() const { return loop_; }

  // As those of ClientCall.
  Future<RawReply> make_unary(Bytes request);
  void start(SteadyTime now);
  void write(Bytes message, detail::Promise<bool> done);
  bool close_writes();
  void read(detail::Promise<std::optional<Bytes>> next);
  void headers(detail::Promise<Metadata> headers);
  void finish(detail::Promise<RawReply> reply);
  void cancel(std::string_view why);
  std::optional<std::optional<Bytes>> try_read();
  std::optional<bool> try_write(Bytes message);
  void wait_for_room(detail::Promise<bool> done);
  void fail(Status status, std::string_view why);

 private:
  using Attempted = std::shared_ptr<ClientCall>;

  std::span<const std::string> endpoints() const override { return endpoints_; }
  int next_number() override { return ++numbered_; }
  bool last_permitted() const override;
  bool may_repeat_refused() override;
  void on_attempt_sent(ClientCall& call, std::string_view peer) override;
  void on_response_begun(ClientCall& call) override;
  void on_attempt_over(ClientCall& call) override;

  bool begin();
  void join_parent(SteadyTime now);
  void go_on();
  bool follow(const policy::HedgeStep& step);
  void send_attempt();
  Attempted new_attempt();
  static bool is_first(ClientCall& attempt);
  void settle(const Attempted& ended);
  void record(const Attempted& ended, std::string_view verdict);
  void end_with(const Attempted& ended, std::string_view losers);
  void choose(const Attempted& chosen, std::string_view losers);
  void conclude();
  void hand_over();
  bool take_request();
  bool keep(std::size_t bytes);
  void choose_for_want_of_memory();

  // Constant after construction.
  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<ChannelCore> core_;
  const Method& method_;
  const HedgingPolicyData policy_;

  // Touched on the loop only, once the call has been started.
  CallSettings options_;
  ParentLink parent_;
  SteadyTime deadline_;
  CallConfig config_;                           // until start(), only what was planned
  std::optional<HedgedCalls::iterator> place_;  // in the core, from start() to the end
  bool started_ = false;
  std::optional<policy::HedgeDecider> decider_;  // from start() on
  Timer timer_;                                  // of the next attempt
  SteadyTime planned_at_;                        // when it was decided that one would follow
  std::optional<SteadyTime> first_sent_at_;      // unless that one has failed

  std::vector<Attempted> under_way_;  // oldest first; without the chosen one
  Attempted last_;                    // the last that failed
  Attempted chosen_;
  std::string_view losers_;  // what becomes of the others then
  std::vector<Attempt> attempts_;
  std::vector<std::string> endpoints_;
  int numbered_ = 0;
  int sent_ = 0;
  bool refused_once_ = false;

  // What all attempts send (docs/rules.md R50).
  std::optional<Bytes> request_;          // of a unary call that was not started yet
  std::vector<h2::Body> messages_;        // framed; as long as attempts may follow
  std::size_t size_ = 0;                  // of all that was written
  std::shared_ptr<ReplayCharge> charge_;  // for that; from the beginning to the choice
  bool closed_ = false;
  bool as_a_whole_ = false;  // make_unary()

  Slot<std::optional<Bytes>> reader_;
  Slot<Metadata> header_reader_;
  Slot<RawReply> finisher_;
};

}  // namespace cpp_lite::client
