// What the calls of one network channel share: its connections, the calls that wait for one, its
// settings.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/balancer.h"
#include "client/channel_retries.h"
#include "client/plain_head.h"
#include "client/state_board.h"
#include "h2/header_block.h"
#include "io/lending.h"
#include "wire/compress.h"
#include "wire/fields.h"

namespace cpp_lite::client {

class ClientCall;
using WaitingCalls = std::list<std::shared_ptr<ClientCall>>;
class HedgedCall;
using HedgedCalls = std::list<std::shared_ptr<HedgedCall>>;

// What the attempts of a call say whose request does not go through.
inline constexpr std::string_view kUnsendable = "the request cannot be sent";

// What connect() does not let a user choose.
struct Seams {
  std::unique_ptr<Dialer> dialer;
  Random random = {};  // empty: policy::make_random()
};

// Held by its channel and by the calls on it; ends when both are gone, on any thread, but closes
// its connections before that, on its loop. Does not hold the loop: the channel and the calls do,
// so that the thread of a loop that belongs to the channel ends when the last of them goes, and is
// waited for if that is on another thread. Constructor, options(), user_agent(), log(), misused():
// any thread. Everything else: on the loop.
class ChannelCore final : public std::enable_shared_from_this<ChannelCore>,
                          private Balancer::Owner {
 public:
  ChannelCore(Loop& loop, ConnectOptions options, Seams seams);
  ~ChannelCore();

  const ConnectOptions& options() const { return options_; }
  const io::Lending& lending() const { return lending_; }  // any thread
  const std::string& user_agent() const { return user_agent_; }
  void log(LogLevel level, std::string_view line) const;
  // Likewise. What the channel's state is, and will be.
  ChannelState state() const { return board_.state(); }
  Future<ChannelState> state_other_than(ChannelState last) { return board_.other_than(last); }
  // A user asks a call for two things of one sort at once.
  void misused(const Method& method, std::string_view what) const;

  // Every call that start()s must end().
  void call_started();
  void call_ended();
  // Connects, if it is idle, although there is no call.
  void connect(const std::shared_ptr<Loop>& loop);
  // Opens a stream for the call now or as soon as there is a connection with room, or fails it.
  // While it waits, calls that came earlier go first.
  void submit(ClientCall& call, SteadyTime now);
  // A call gives up waiting.
  void withdraw(WaitingCalls::iterator place);
  // A call pauses between two attempts, until resume(): it ends if the channel is closed meanwhile.
  WaitingCalls::iterator pause(std::shared_ptr<ClientCall> call);
  void resume(WaitingCalls::iterator place) { pausing_.erase(place); }
  // A hedged call goes on, until let_go(): it ends, at the latest, when the channel is closed.
  HedgedCalls::iterator hold(std::shared_ptr<HedgedCall> call);
  void let_go(HedgedCalls::iterator place) { hedged_.erase(place); }
  // A call that was planned with this config begins, and takes what holds for it.
  CallConfig begin(const Method& method, std::shared_ptr<const config::ServiceConfig> planned);
  ChannelRetries& retries() { return retries_; }
  const ChannelRetries& retries() const { return retries_; }
  // For calls that wait, or did: there is one from the first call with a valid config on.
  const Balancer& balancer() const { return *balancer_; }
  bool is_shut_down() const {
    return shut_down_ || (balancer_ != nullptr && balancer_->is_shut_down());
  }
  Guards& guards() { return guards_; }
  // An attempt there got no answer in its time (docs/rules.md D15).
  void suspect(std::string_view peer) { balancer_->suspect(peer); }
  Stores& stores() { return stores_; }

  // How such a call's requests are sent, and what that makes of a message; an error: it cannot be.
  wire::Encoding encoding(const CallSettings& call) const;
  Status frame(const CallSettings& call, Bytes& message);

  // The channel is gone: closes everything when the last call has ended.
  void orphan();

  PlainHead& plain_head() { return plain_head_; }
  wire::FieldWriter& writer();
  h2::HeaderList& header_list();  // empty
  wire::Gzip& gzip();
  wire::Gunzip& gunzip();

 private:
  class LoopWatch;

  void on_balancer_changed() override;
  void look_after_waiting();
  void show_state();
  void watch_loop();
  void open_waiting();
  bool open_one();
  void open(ClientCall& call, h2::Connection& connection, SteadyTime now);
  void fail_waiting();
  void close_waiting();
  void make_balancer(const config::ServiceConfig* config);
  void check_idle();
  void shut_down();

  Loop& loop_;
  const io::Lending lending_;
  const ConnectOptions options_;
  const std::string user_agent_;
  ChannelRetries retries_;
  Stores stores_;
  Guards guards_;
  Seams seams_;  // until the balancer is made
  std::unique_ptr<Balancer> balancer_;
  std::unique_ptr<LoopWatch> watch_;  // from the first call to the end
  StateBoard board_;

  WaitingCalls waiting_;   // oldest first
  std::size_t bound_ = 0;  // of them may go to some endpoints only
  WaitingCalls pausing_;   // between two attempts
  HedgedCalls hedged_;     // all of them
  std::size_t calls_ = 0;
  bool orphaned_ = false;
  bool shut_down_ = false;
  bool no_config_ = false;  // that is valid, when it was needed last
  bool used_ = false;       // since the last check_idle()
  Timer idle_check_;

  // Shared by all calls; memory that is worth keeping.
  PlainHead plain_head_;
  wire::FieldWriter writer_;
  h2::HeaderList header_list_;
  std::optional<wire::Gzip> gzip_;
  std::optional<wire::Gunzip> gunzip_;
};

}  // namespace cpp_lite::client
