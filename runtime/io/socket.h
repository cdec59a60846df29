// Stream sockets, TCP and unix, as transports of HTTP/2.
#pragma once

#include <cpp_lite/loop.h>

#include <chrono>
#include <memory>
#include <string>

#include "h2/transport.h"
#include "io/fd.h"

namespace cpp_lite::io {

struct SocketOptions {
  // How long sent bytes may stay unacknowledged before the connection counts as lost
  // (TCP_USER_TIMEOUT, gRFC A18). 0: the system's default. No effect on unix sockets.
  std::chrono::milliseconds user_timeout{0};
};

// Makes a transport of a connected socket, on the thread of `loop`, which must be a loop made by
// Loop::create(). When the loop stops, the transport closes with an on_closed() event.
std::unique_ptr<h2::Transport> adopt_socket(Loop& loop, Fd socket, std::string peer,
                                            const SocketOptions& options);

}  // namespace cpp_lite::io
