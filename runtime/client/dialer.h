// Where a channel's connections come from: sockets to what a target names, or a function.
#pragma once

#include <cpp_lite/credentials.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "h2/transport.h"
#include "io/operation.h"
#include "io/socket.h"
#include "io/target.h"

namespace cpp_lite::client {

// Belongs to one channel and its loop. Both functions start something in the background: the
// callback comes once, on the loop, never inside the call, and not after the operation was dropped.
class Dialer {
 public:
  // OK and how many ways there are to the peer, at least one; or why there is none.
  using Resolved = std::function<void(Status, std::size_t ways)>;
  // OK and a transport that was not started; or why not.
  using Dialed = std::function<void(Status, std::unique_ptr<h2::Transport>)>;

  [[nodiscard]] virtual std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                                               Resolved callback) = 0;
  // Takes one of the ways that the last resolve() found, for a connection on the same loop.
  [[nodiscard]] virtual std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop,
                                                            std::size_t way, SteadyTime give_up_at,
                                                            Dialed callback) = 0;
  // What the connections that go this way call their peer.
  virtual std::string endpoint(std::size_t way) const = 0;
  // A dialer for one of these ways alone.
  virtual std::unique_ptr<Dialer> sole(std::size_t way) const = 0;
  virtual ~Dialer() = default;
};

std::unique_ptr<Dialer> dial_target(io::Target target, const io::SocketOptions& options);

// For transports that are there at once: pipes to a server in this process, tests. `make` is called
// on the loop for each new connection; null means that the peer cannot be reached. `peer` is what
// the transports call it.
using MakeTransport = std::function<std::unique_ptr<h2::Transport>(Loop&)>;
std::unique_ptr<Dialer> dial_with(MakeTransport make, std::string peer = "inproc:");

// Where another dialer found the peer counts for so long: it is not asked again before.
std::unique_ptr<Dialer> resolve_seldom(std::unique_ptr<Dialer> bare,
                                       std::chrono::nanoseconds interval);

// Makes the connections of another dialer private. `authority` is what the target calls the peer.
std::unique_ptr<Dialer> dial_securely(std::unique_ptr<Dialer> bare,
                                      std::shared_ptr<ClientCredentials> credentials,
                                      std::string authority);

}  // namespace cpp_lite::client
