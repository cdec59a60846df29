// Opens one connection to one endpoint.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <functional>
#include <memory>

#include "h2/transport.h"
#include "io/endpoint.h"
#include "io/operation.h"
#include "io/socket.h"

namespace cpp_lite::io {

// A transport (not started) and OK, or null and UNAVAILABLE with the system's words and the
// endpoint: "connection refused: ipv4:127.0.0.1:1".
using ConnectCallback = std::function<void(Status, std::unique_ptr<h2::Transport>)>;

// Call it on the loop's thread; the callback comes there too, once, and never inside this call.
// At `give_up_at` (on the loop's clock) the attempt fails.
[[nodiscard]] std::unique_ptr<Operation> connect_to(Loop& loop, const Endpoint& endpoint,
                                                    SteadyTime give_up_at, ConnectCallback callback,
                                                    const SocketOptions& options = {});

}  // namespace cpp_lite::io
