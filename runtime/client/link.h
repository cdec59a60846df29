// The way to one peer: one connection for new calls, made again when it is lost.
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
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
  BackoffOptions backoff;
};

// Belongs to a balancer and its loop. Begins idle; connects when it is woken.
//
//   idle        wake()                                  resolving
//   resolving   addresses                               connecting (to the first)
//   connecting  the peer's SETTINGS                     ready
//   connecting  failure, another address is left        connecting (to the next)
//   resolving, connecting  else                         pausing, and failing
//   pausing     the backoff is over                     resolving (still failing)
//   ready       GOAWAY, connection lost                 idle
//   ready       lost at once and never used             pausing, and failing
//   any         sleep()                                 idle
//   any         shut_down(), retire()                   shut_down
//
// gRPC's connectivity states are: IDLE, CONNECTING (resolving and connecting), READY, and
// TRANSIENT_FAILURE, which is `failing()` and lasts until READY (gRFC A62).
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

  // Connects, if it is idle. `loop` is the one that it was made with.
  void wake(const std::shared_ptr<Loop>& loop);
  // The connection for one more call, which is then to be opened; null: there is none now.
  h2::Connection* take();
  // The connection for new calls, if there is one, with room or without; never one that drains.
  const h2::Connection* ready() const { return step_ == Step::ready ? current_.get() : nullptr; }

  bool failing() const { return failing_; }
  bool idle() const { return step_ == Step::idle; }
  bool is_shut_down() const { return step_ == Step::shut_down; }
  // What a call that waits is waiting for (calls.md D18).
  std::string_view phase() const;
  // Why the link is failing.
  const Status& last_failure() const { return last_failure_; }

  // Its connection, if that is to this peer, is to give a sign of life (calls.md D15).
  void suspect(std::string_view peer);

  void sleep();
  // Takes no more calls, and closes its connections when those that it has are over.
  void retire();
  bool drained() const { return current_ == nullptr && draining_.empty(); }
  // Closes all connections; their streams end as lost.
  void shut_down();

 private:
  enum class Step : std::uint8_t { idle, resolving, connecting, ready, pausing, shut_down };

  void on_ready(h2::Connection& connection) override;
  void on_draining(h2::Connection& connection) override;
  void on_capacity(h2::Connection& connection) override;
  void on_closed(h2::Connection& connection, const std::string& reason) override;

  void begin_round();
  void resolved(Status status, std::size_t ways);
  void dial();
  void dialed(Status status, std::unique_ptr<h2::Transport> transport);
  void ask_half_as_often();
  void way_failed(Status status);
  void round_failed(Status status);
  void lost(const std::string& reason);
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
  std::unique_ptr<io::Operation> operation_;  // while resolving and connecting
  SteadyTime round_began_;
  std::size_t ways_ = 0;
  std::size_t way_ = 0;  // the one being tried
  SteadyTime give_up_at_;
  Timer pause_;

  std::shared_ptr<h2::Connection> current_;  // handshaking or ready
  bool used_ = false;                        // current_ has carried a call
  SteadyTime ready_since_;
  std::vector<std::shared_ptr<h2::Connection>> draining_;
};

}  // namespace cpp_lite::client
