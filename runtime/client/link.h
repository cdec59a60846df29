// The way to one peer: a connection for new calls, made again when it is lost, and more beside it
// when the peer takes no more streams on it.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "client/backoff.h"
#include "client/dialer.h"
#include "h2/connection.h"
#include "io/operation.h"

namespace cpp_lite::client {

struct LinkOptions {
  h2::ConnectionOptions connection;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(20);  // per address
  // The head start of an address before the next one is tried beside it (gRFC A61).
  std::chrono::nanoseconds attempt_delay = std::chrono::milliseconds(250);
  std::size_t max_connections = 1;
  // Of a balancer that keeps its addresses: between two successful lookups at least.
  std::chrono::nanoseconds min_resolve_interval = std::chrono::seconds(30);
  BackoffOptions backoff;
};

// Belongs to a balancer and its loop. Begins idle; connects when it is woken.
//
//   idle        wake()                                  resolving
//   resolving   addresses                               connecting (to the first)
//   connecting  a failure, or the delay                 connecting (to the next one, too)
//   connecting  the SETTINGS of one of the peers        ready; the others are dropped
//   resolving, connecting  all have failed              pausing, and failing
//   pausing     the backoff is over                     resolving (still failing)
//   ready       wake() without room                     ready; one more connection is made
//   ready       the last one: GOAWAY, lost              idle
//   ready       the same, at once and never used        pausing, and failing
//   any         sleep()                                 idle
//   any         shut_down(), retire()                   shut_down
//
// gRPC's connectivity states, which state() tells, are: IDLE, CONNECTING (resolving and
// connecting), READY, and TRANSIENT_FAILURE, which is `failing()` and lasts until READY (gRFC A62).
class Link final : private h2::Connection::Owner {
 public:
  class Owner {
   public:
    // The link is ready, has room for more streams, has failed or has become idle: have a look.
    virtual void on_link_changed(Link& link) = 0;

   protected:
    ~Owner() = default;
  };

  // `loop` must outlive the link's activity, that is: shut_down() comes first.
  Link(Loop& loop, std::unique_ptr<Dialer> dialer, const LinkOptions& options, Random random,
       Owner& owner);

  // Connects, if it is idle; if there is no room, and there may be more connections, to the address
  // that it has one to. `loop` is the one that it was made with.
  void wake(const std::shared_ptr<Loop>& loop);
  // The connection for one more call, which is then to be opened; null: there is none now.
  h2::Connection* take();
  // What take() would give.
  const h2::Connection* next() const;
  // A connection for new calls, if there is one, with room or without; never one that drains.
  const h2::Connection* ready() const {
    return step_ == Step::ready ? ready_.front().connection.get() : nullptr;
  }
  // The same one, for whoever asks it about itself.
  std::shared_ptr<h2::Connection> first() const {
    return step_ == Step::ready ? ready_.front().connection : nullptr;
  }
  // On connections that take new ones.
  std::size_t streams() const;

  ChannelState state() const;
  bool failing() const { return failing_; }
  bool idle() const { return step_ == Step::idle; }
  // Makes one more connection.
  bool growing() const { return step_ == Step::ready && !approaches_.empty(); }
  bool is_shut_down() const { return step_ == Step::shut_down; }
  // What a call that waits is waiting for (docs/rules.md D18).
  std::string_view phase() const;
  // Why the link is failing.
  const Status& last_failure() const { return last_failure_; }

  // Its connections, if they are to this peer, are to give a sign of life (docs/rules.md D15).
  void suspect(std::string_view peer);

  void sleep();
  // Takes no more calls, and closes its connections when those that it has are over.
  void retire();
  bool drained() const { return ready_.empty() && draining_.empty(); }
  // Closes all connections; their streams end as lost.
  void shut_down();

 private:
  enum class Step : std::uint8_t { idle, resolving, connecting, ready, pausing, shut_down };
  // One try at one address: dialing, then the handshake.
  struct Approach {
    std::size_t way = 0;
    SteadyTime give_up_at{};
    std::unique_ptr<io::Operation> dialing = nullptr;
    std::shared_ptr<h2::Connection> connection = nullptr;  // once there is a transport
  };
  using Approaches = std::list<Approach>;
  struct Ready {
    std::shared_ptr<h2::Connection> connection;
    SteadyTime since;
    bool used = false;    // has carried a call
    bool lately = false;  // a call was opened, or was there, since the last shrink()
  };

  void on_ready(h2::Connection& connection) override;
  void on_draining(h2::Connection& connection) override;
  void on_capacity(h2::Connection& connection) override;
  void on_closed(h2::Connection& connection, const std::string& reason) override;

  void begin_round();
  void resolved(Status status, std::size_t ways);
  void dial_next();
  void approach(std::size_t way);
  void dialed(Approaches::iterator at, Status status, std::unique_ptr<h2::Transport> transport);
  void approach_failed(Approaches::iterator at, Status status);
  Approaches::iterator approach_of(const h2::Connection& connection);
  void drop_approaches();
  void round_failed(Status status);

  const Ready* best() const;
  void ask_half_as_often();
  bool give_up(const h2::Connection& connection, const std::string& reason);
  void lost(const Ready& last, const std::string& reason);
  void grow();
  void shrink();
  void close_all(Step next, const std::string& reason);

  Loop& loop_;
  std::weak_ptr<Loop> shared_loop_;
  const std::unique_ptr<Dialer> dialer_;
  LinkOptions options_;  // asks less often for signs of life where the peer complains
  Owner& owner_;
  Backoff backoff_;

  Step step_ = Step::idle;
  bool failing_ = false;
  Status last_failure_;
  std::unique_ptr<io::Operation> resolving_;
  SteadyTime round_began_;
  std::size_t ways_ = 0;
  std::size_t way_ = 0;  // the next to be tried
  Timer pause_;          // between two rounds
  Timer head_start_;     // of the last address that was tried
  Approaches approaches_;

  std::vector<Ready> ready_;   // the first one is preferred
  std::size_t ready_way_ = 0;  // which all of them went
  Backoff growth_;             // of more than one
  Timer growth_pause_;
  Timer shrink_;
  std::vector<std::shared_ptr<h2::Connection>> draining_;
};

}  // namespace cpp_lite::client
