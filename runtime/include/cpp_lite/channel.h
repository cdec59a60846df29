// connect(): channels to servers, and how they behave.
#pragma once

#include <cpp_lite/call.h>
#include <cpp_lite/credentials.h>
#include <cpp_lite/export.h>
#include <cpp_lite/log.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/overload.h>
#include <cpp_lite/service_config.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cpp_lite {

// Which of a target's addresses calls go to.
enum class LoadBalancing : std::uint8_t {
  pick_first,     // one connection, to the first that answers
  round_robin,    // a connection to each; calls take them in turn
  least_request,  // a connection to each; a call takes, of some at random, that with fewest calls
};

// How a channel behaves. Times are on the channel's clock; sizes are bytes.
struct ConnectOptions {
  // Plaintext to anything but loopback and unix sockets must be asked for.
  bool insecure = false;
  // How connections are made private: tls_client() of <cpp_lite/tls.h>. Empty: plaintext.
  std::shared_ptr<ClientCredentials> tls = {};
  bool plaintext_tokens = false;  // true: CallOptions::token may be sent where others can read it
  // "http://user:password@host:port": an HTTP proxy that is asked for a tunnel (CONNECT), with TLS
  // and without. "": none. Empty: https_proxy and no_proxy in the environment, except for loopback.
  std::optional<std::string> proxy = {};
  std::string authority = {};       // of requests; empty: from the target
  std::string user_agent = {};      // put in front of the library's own; printable ASCII
  std::shared_ptr<Loop> loop = {};  // empty: the channel has its own
  // For the channel's own loop; null: the system's. Must outlive the channel and its calls.
  Clock* clock = nullptr;
  // LoopOptions::busy_poll of the channel's own loop, and how long get() looks for a reply before
  // it sleeps. 0: off.
  std::chrono::nanoseconds busy_poll = {};
  std::vector<ClientLayer> layers = {};  // outermost first

  Compression compression = Compression::none;  // of requests
  // Bytes of one message, received after decompression; beyond them RESOURCE_EXHAUSTED.
  std::size_t max_receive_message = 4 << 20;
  std::size_t max_send_message = SIZE_MAX;
  std::uint32_t max_header_list = 16 << 10;    // bytes of received metadata, as RFC 9113 counts
  std::uint32_t stream_window = 1 << 20;       // bytes of a stream that may come before a read()
  std::uint32_t connection_window = 24 << 20;  // likewise of all streams of a connection
  std::size_t send_buffer = 64 << 10;          // bytes of a stream: write() waits above it

  LoadBalancing load_balancing = LoadBalancing::pick_first;  // a service config may say otherwise
  std::size_t least_request_choices = 2;  // how many "some" are; 2 to 10 (gRFC A48)
  // Not of pick_first: endpoints get calls while they say that this service is serving
  // (grpc.health.v1, gRFC A17); "": the server as a whole. Empty: they are not asked. The
  // healthCheckConfig of a service config counts more.
  std::optional<std::string> health_check_service = {};
  // Of each endpoint; their clock is the channel's. Empty: none. What each attempt of a call tells
  // counts (layers.h has the breaker of a whole channel).
  std::optional<CircuitBreakerOptions> endpoint_breaker = {};
  std::optional<OutlierOptions> outlier_ejection = {};  // not of pick_first; empty: none
  bool wait_for_ready = false;
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(20);  // of each address
  // The head start of an address before the next one is tried beside it; within 100 ms and 2 s.
  std::chrono::nanoseconds connection_attempt_delay = std::chrono::milliseconds(250);
  // A name is looked up again when a connection is lost or cannot be made, no more often than this.
  std::chrono::nanoseconds min_resolve_interval = std::chrono::seconds(30);
  // To each endpoint. Another one is made when calls wait because the server takes no more streams
  // on those that there are, and closed again when it has been idle for a minute or two.
  std::size_t max_connections_per_endpoint = 1;
  // Without calls for this long, or up to twice as long, a channel closes its connections. 0:
  // never.
  std::chrono::nanoseconds idle_timeout = std::chrono::minutes(30);
  // The pause after a round that failed, and how it grows from round to round.
  std::chrono::nanoseconds initial_backoff = std::chrono::seconds(1);
  std::chrono::nanoseconds max_backoff = std::chrono::seconds(120);
  double backoff_multiplier = 1.6;
  double backoff_jitter = 0.2;  // each pause is up to this part shorter or longer; 0 to below 1
  std::chrono::nanoseconds keepalive = {};  // PING after this much silence; at least 10 s; 0: never
  std::chrono::nanoseconds keepalive_timeout = std::chrono::seconds(20);
  bool keepalive_without_calls = false;
  // What a call made inside a handler leaves of the handler's time for the way back; negative:
  // 5 % of what is left, within 1 ms and 50 ms (docs/rules.md D12).
  std::chrono::nanoseconds deadline_margin = std::chrono::nanoseconds(-1);

  // Repetition (docs/guide/retries.md). What a .proto declares safe is repeated unless told
  // otherwise.
  bool retries = true;        // false: only what provably was not executed, and at once
  int max_attempts = 5;       // the most that any policy may ask for
  bool trust_refused = true;  // false: the peer may have executed what it says it refused
  bool assume_keyed = false;  // true: all endpoints honour the keys of keyed methods
  std::size_t replay_buffer = 256 << 10;         // per call; a larger one is sent once
  std::size_t channel_replay_buffer = 16 << 20;  // all calls together
  // gRPC's JSON. Stands for the policies of the .proto, within the safety class of each method.
  ServiceConfig service_config = {};
  // Of hedged methods (docs/guide/hedging.md). Hedges, for each call of the channel, at most; 0 to
  // 0.1; a burst of a hundred times as many is free.
  double max_extra_load = 0.1;
  // Within (0, 1): hedges wait for this percentile of the method's recent latencies, as soon as
  // there are some, instead of the delay in the policy. 0: that delay, always.
  double hedging_percentile = 0;
  // Sees each attempt soon after its end; on the channel's loop, so it must not block. The thread
  // that makes a call may be the one that turns the loop (docs/threads.md), so neither may take a
  // lock that callers hold. The same goes for `log`.
  std::function<void(const Method&, const Attempt&)> on_attempt = {};

  LogFunction log = log_to_stderr();  // empty: silent
};

// A channel to "host:port", "dns:///host:port", "ipv4:1.2.3.4:5,6.7.8.9:10", "ipv6:[::1]:5",
// "unix:/path" or "unix:///path". Connects when the first call needs it and again when a connection
// is lost, with backoff. Never fails: a target or an option that makes no sense gives a channel
// whose calls end at once with INVALID_ARGUMENT and the reason.
CPP_LITE_API std::shared_ptr<Channel> connect(std::string target, ConnectOptions options = {});

}  // namespace cpp_lite
