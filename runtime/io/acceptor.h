// Listening sockets, and how their connections are spread over loops.
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "h2/transport.h"
#include "io/endpoint.h"
#include "io/socket.h"

namespace cpp_lite::io {

struct AcceptorOptions {
  int backlog = 1024;
  SocketOptions socket;
  // For listen_on_loops(): several sockets share one TCP port, and the kernel spreads connections.
  bool reuse_port = false;
  // Deal connections to these loops in turn instead of serving all on the acceptor's own.
  std::vector<std::shared_ptr<Loop>> targets;
};

// Called with each connection on the thread of the loop that is to serve it.
using AcceptCallback =
    std::function<void(const std::shared_ptr<Loop>& loop, std::unique_ptr<h2::Transport>)>;

// One listening socket on one loop. listen() may be called on any thread. start() and the
// destructor too: on the loop's thread they take effect at once; elsewhere they are posted to it,
// so that connections may still come for a moment after the destructor (the callback must own what
// it touches). An acceptor that was never started closes its socket inside the destructor.
//
// An error of accept() never ends a listener. Where the process is out of descriptors or memory it
// pauses for 100 ms (on the loop's clock) instead of spinning.
class Acceptor {
 public:
  // Binds and listens. Null, and a status with the endpoint and the system's words, if that fails.
  // A unix socket's file that nobody listens on any more is replaced; the file is removed on close.
  static Status listen(std::shared_ptr<Loop> loop, const Endpoint& endpoint,
                       AcceptorOptions options, std::unique_ptr<Acceptor>& acceptor);
  ~Acceptor();
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  // Begins to accept. Connections that came since listen() wait in the backlog until then.
  void start(AcceptCallback callback);
  // What is really listened on: the endpoint with its port filled in.
  const Endpoint& endpoint() const;
  std::uint16_t port() const { return endpoint().port; }

 private:
  class State;
  explicit Acceptor(std::shared_ptr<Loop> loop);
  void run_on_loop(Task task);

  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<State> state_;
  bool started_ = false;
};

// Listens on one endpoint with several loops (docs/threads.md): for TCP one socket per loop on
// the same port, which port 0 lets the first one choose; for unix sockets one acceptor, on the
// first loop, that deals to all. All or nothing.
Status listen_on_loops(const std::vector<std::shared_ptr<Loop>>& loops, const Endpoint& endpoint,
                       const AcceptorOptions& options,
                       std::vector<std::unique_ptr<Acceptor>>& acceptors);

}  // namespace cpp_lite::io
