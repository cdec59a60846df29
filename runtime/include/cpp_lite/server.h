// A gRPC server: services and layers, listeners, loops and threads.
#pragma once

#include <cpp_lite/abuse.h>
#include <cpp_lite/credentials.h>
#include <cpp_lite/handler.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/loop.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>

namespace cpp_lite {

// Where the handlers of a service run.
enum class RunOn : std::uint8_t {
  loop,     // on their connection's loop: must not block; coroutines suspend
  threads,  // on the server's bounded pool: may block
};

// How a server behaves. Times are on the server's clock; sizes are bytes.
struct ServerOptions {
  int loops = 1;    // each is one thread with its own listening socket
  int threads = 0;  // of RunOn::threads; 0: twice the number of cores
  // Calls that wait for one of them. Beyond it UNAVAILABLE, with a pushback of 100 to 1000 ms, or
  // of -1 when that has gone on for 10 s; so also for calls whose wait exceeds half of the time
  // left.
  std::size_t queue = 1000;
  Clock* clock = nullptr;     // null: the system's; must outlive the server
  bool manual_loops = false;  // the owner turns loop(i) itself; for tests
  // LoopOptions::busy_poll of its loops, each of which wants a core of its own then. 0: off.
  std::chrono::nanoseconds busy_poll = {};

  // Unary calls (docs/rules.md D7): what a missing grpc-timeout means, and the most that one may
  // ask for.
  std::chrono::nanoseconds default_deadline = std::chrono::seconds(60);
  std::chrono::nanoseconds max_deadline = std::chrono::hours(1);

  Compression compression = Compression::none;  // of responses, where the client accepts it
  // Bytes of one message, received after decompression; beyond them RESOURCE_EXHAUSTED.
  std::size_t max_receive_message = 4 << 20;
  std::size_t max_send_message = SIZE_MAX;
  std::uint32_t max_header_list = 16 << 10;  // bytes of a request's metadata, as RFC 9113 counts
  // Per connection: streams, and handlers, which may outlive theirs. A call for which that leaves
  // no handler is refused like one for which there is no room in the queue.
  std::uint32_t max_concurrent_streams = 1000;
  std::uint32_t stream_window = 1 << 20;       // bytes of a stream that may come before a read()
  std::uint32_t connection_window = 24 << 20;  // likewise of all streams of a connection
  std::size_t send_buffer = 64 << 10;          // bytes of a stream: write() waits above it
  std::size_t max_connections = SIZE_MAX;      // one more is closed as soon as it was accepted
  // What messages that are incomplete or unread, and answers that are not sent yet, may take
  // together. Beyond it no windows are opened again, new calls get RESOURCE_EXHAUSTED, not
  // executed, and those that hold most are ended.
  std::size_t memory_budget = 128 << 20;
  AbuseLimits abuse = {};  // what else a client may do to its connection

  // Of a new connection: TLS and the client's first SETTINGS.
  std::chrono::nanoseconds handshake_timeout = std::chrono::seconds(20);
  std::size_t max_handshakes = 1000;        // at a time; one more, and the oldest is given up
  std::chrono::nanoseconds keepalive = {};  // PING after this much silence; 0: never
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  // A client may send a PING after each of our HEADERS and DATA, and at these intervals; at the
  // third one over that it loses the connection: GOAWAY ENHANCE_YOUR_CALM, "too_many_pings" (gRFC
  // A8). 0: any number.
  std::chrono::nanoseconds min_ping_interval = std::chrono::seconds(10);
  std::chrono::nanoseconds min_ping_interval_without_calls = std::chrono::minutes(5);

  // Connections are drained at this age, 10 % less or more; calls go on, for this grace at most,
  // and then end as lost (gRFC A9). 0: any age; as long as they take.
  std::chrono::nanoseconds max_connection_age = {};
  std::chrono::nanoseconds max_connection_age_grace = {};
  // Likewise those without calls for this long, or up to twice as long. 0: never.
  std::chrono::nanoseconds max_connection_idle = {};

  // A handler that serves a repetition hands RetryHint::attempts_1 down: the calls made inside it
  // are neither repeated by policy nor hedged.
  bool hint_retries = false;

  // Keyed methods (docs/idempotency.md): where what they did is remembered. listen() refuses a
  // service with keyed methods without it, or with one that cannot promise what they want.
  std::shared_ptr<idempotency::Store> idempotency = nullptr;
  // Who calls; run after the layers, where the handler runs (a loop, or a thread of the pool), and
  // so by several threads at a time. Needed by keyed methods, unless anonymous_scope names one
  // scope for all callers, or for those who have no principal.
  std::function<Principal(const ServerContext&)> principal = nullptr;
  std::string anonymous_scope = {};
  IdempotencyOptions keyed = {};
  bool ignore_keys = false;  // serves keyed methods like any other: duplicates take effect again

  LogFunction log = log_to_stderr();  // empty: silent
};

struct ListenOptions {
  // Plaintext on an address other than loopback and unix sockets must be asked for.
  bool insecure = false;
  // How connections are made private: tls_server() of <cpp_lite/tls.h>. Empty: plaintext.
  std::shared_ptr<ServerCredentials> tls = {};
};

// Counters since the server was made.
struct ServerStats {
  std::uint64_t connections_accepted = 0;
  std::uint64_t connections_open = 0;     // now
  std::uint64_t handshakes_given_up = 0;  // see ServerOptions::max_handshakes
  std::uint64_t calls_started = 0;
  std::uint64_t calls_open = 0;  // now: handlers included that have not ended yet
  std::uint64_t calls_ok = 0;
  std::uint64_t calls_failed = 0;  // any other status, and calls whose clients are gone
  // Calls that never reached a handler of RunOn::threads, failed ones therefore: no room in the
  // queue; a deadline that passed there, or a wait over half of what was left of it.
  std::uint64_t refused_by_queue = 0;
  std::uint64_t expired_in_queue = 0;
  // Calls that still waited when the server had to end, or came behind a connection's last GOAWAY
  // (as long as that connection was read).
  std::uint64_t refused_by_drain = 0;

  // What clients did that they should not (docs/limits.md). Connections that ended for it:
  std::uint64_t rapid_resets = 0;
  std::uint64_t protocol_errors = 0;  // frames that RFC 9113 forbids
  std::uint64_t glitch_floods = 0;
  std::uint64_t header_floods = 0;
  std::uint64_t control_floods = 0;
  std::uint64_t empty_frame_floods = 0;
  std::uint64_t priority_floods = 0;
  std::uint64_t window_update_floods = 0;
  std::uint64_t too_many_pings = 0;
  std::uint64_t handshakes_timed_out = 0;
  // Calls:
  std::uint64_t headers_over_limit = 0;
  std::uint64_t messages_over_limit = 0;    // compressed or not
  std::uint64_t answers_not_read = 0;       // until the deadline
  std::uint64_t refused_for_memory = 0;     // see memory_budget
  std::uint64_t ended_for_memory = 0;       // likewise, and connections that held more than calls
  std::uint64_t refused_for_abandoned = 0;  // the client's own, reset ones have all the handlers
};

// Each counter as a line "name value".
CPP_LITE_API std::string to_string(const ServerStats& stats);

// Set up on one thread: add() services and layers, then listen(); add() after that is a bug and
// stops the program. Everything else is thread-safe.
// Destroying a server that runs ends its calls with UNAVAILABLE and waits for its handlers.
class CPP_LITE_API Server {
 public:
  explicit Server(ServerOptions options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The service must outlive the server, or is shared with it. A service or method name that is
  // added twice makes listen() fail.
  Server& add(Service& service, RunOn run_on = RunOn::loop);
  Server& add(std::shared_ptr<Service> service, RunOn run_on = RunOn::loop);
  // Layers stand around all services, the first one outermost. They run on loops, in front of the
  // queue of RunOn::threads, and must not block.
  Server& add(ServerLayer layer);

  // Serves "host:port" (port 0: any free one), "ipv4:...", "ipv6:[...]:port" or "unix:/path" from
  // now on. May be called for several addresses. The Status tells what is wrong, in words; then
  // none of the addresses of this call is served.
  Status listen(const std::string& address, ListenOptions options = {});
  int port() const;  // of the first TCP address; 0 before listen()

  void run();  // blocks until a shutdown() is complete; returns at once if listen() did not succeed
  // Takes no new calls (GOAWAY) and ends when the running ones have, or after `drain`, which ends
  // them with UNAVAILABLE. Returns at once; a second call may shorten the time. Executions of keyed
  // methods end on their own within max_execution and 5 s.
  void shutdown(std::chrono::nanoseconds drain = std::chrono::seconds(30));
  // Shuts down when one of these signals comes to the process, within 30 s, or as long as the
  // longest execution of a keyed method may take.
  template <typename... Signals>
  void stop_on(Signals... signals) {
    stop_on_signals({signals...});
  }

  std::shared_ptr<Loop> loop(int i = 0) const;  // 0 <= i < ServerOptions::loops
  ServerStats stats() const;

  class Impl;
  const std::shared_ptr<Impl>& impl() const { return impl_; }  // for the runtime

 private:
  void stop_on_signals(std::initializer_list<int> signals);
  std::shared_ptr<Impl> impl_;
};

}  // namespace cpp_lite
