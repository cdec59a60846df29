// The waist: every client call, whatever its shape, goes through a Channel as bytes. And connect().
#pragma once

#include <cpp_lite/credentials.h>
#include <cpp_lite/deadline.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future.h>
#include <cpp_lite/log.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/method.h>
#include <cpp_lite/overload.h>
#include <cpp_lite/service_config.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace cpp_lite {

using Bytes = std::vector<std::uint8_t>;

// What a served call asks of the calls made inside it (docs/guide/retries-at-the-server.md).
enum class RetryHint : std::uint8_t {
  none,
  attempts_1,  // one attempt each: the served call is a repetition itself, and its client goes on
};

// What a served call hands down to the calls made inside it (docs/rules.md D12, D13). Thread-safe.
class CPP_LITE_API CallContext {
 public:
  virtual SteadyTime deadline() const = 0;  // SteadyTime::max(): none
  virtual bool cancelled() const = 0;
  // Runs the task once, on whichever thread cancels, when this call is cancelled or its deadline
  // passes; at once if that has happened. Returns a number for forget().
  virtual std::uint64_t on_cancel(Task task) = 0;
  virtual void forget(std::uint64_t id) = 0;
  virtual RetryHint retry_hint() const { return RetryHint::none; }
  virtual ~CallContext() = default;
};

// The first bytes of every message in the runtime are left free for gRPC's message prefix, so that
// a message is framed where it lies.
inline constexpr std::size_t kMessagePrefix = 5;

enum class Compression : std::uint8_t { none, gzip };

// The served call that another call is part of. Borrows the handle.
class ParentCall {
 public:
  ParentCall() = default;
  ParentCall(const std::shared_ptr<CallContext>& handle) : handle_(&handle) {}
  std::shared_ptr<CallContext> get() const { return handle_ != nullptr ? *handle_ : nullptr; }

 private:
  const std::shared_ptr<CallContext>* handle_ = nullptr;
};

// What one call adds to what its channel and its method say. All optional; never a deadline. It
// borrows what it names until the function that takes it returns, so it may be written where the
// call is made: `client.Get(query, 1s, {.metadata = {{"tenant", "acme"}}})`. Trivially destructible
// on purpose (docs/decisions/0003).
struct CallOptions {
  MetadataView metadata = {};
  std::string_view authority = {};                      // empty: the channel's
  std::optional<Compression> compression = {};          // of the request; empty: the channel's
  std::optional<bool> wait_for_ready = {};              // empty: the method's, else the channel's
  std::optional<std::size_t> max_receive_message = {};  // bytes, after decompression
  std::optional<std::size_t> max_send_message = {};     // bytes
  std::string_view idempotency_key = {};  // of a keyed method whose request carries none
  // Who calls: sent as "authorization: Bearer <token>", and over TLS alone, unless
  // ConnectOptions::plaintext_tokens says otherwise.
  std::string_view token = {};
  ParentCall parent = {};  // empty: the call whose handler this code runs in, if any
  bool detached = false;   // true: part of no served call
};
static_assert(std::is_trivially_destructible_v<CallOptions>);

// CallOptions on their way down the layers: they own what they name.
struct CallSettings {
  Metadata metadata = {};
  std::string authority = {};
  std::optional<Compression> compression = {};
  std::optional<bool> wait_for_ready = {};
  std::optional<std::size_t> max_receive_message = {};
  std::optional<std::size_t> max_send_message = {};
  std::string idempotency_key = {};  // the request carries it: in the message or the metadata
  std::string token = {};            // see CallOptions
  std::shared_ptr<CallContext> parent = {};  // empty: part of no served call
  // For the runtime, between the two ends of a channel's layers: the service config that its
  // deadline was computed with, and that holds for the call to its end.
  std::shared_ptr<const config::ServiceConfig> config = {};
};

// One call on its way down the layers.
struct Call {
  const Method* method = nullptr;
  Deadline deadline;
  CallSettings options = {};
};

// The end of a call. `message` is the response of one that has a single response and is OK. It has
// no prefix.
struct RawReply {
  Status status;
  Bytes message = {};
  Metadata headers = {};
  Metadata trailers = {};
  int attempts = 0;
};

// A call with streamed messages, as bytes. One read and one write may be pending at a time.
// Thread-safe between its reading and its writing side. Dropping it cancels the call.
class CPP_LITE_API RawStream {
 public:
  // Messages to write start with kMessagePrefix free bytes. Yields false when the call is over: ask
  // finish(). Completes when the message has room in the send buffer: this is how a slow reader
  // slows a writer down.
  virtual Future<bool> write(Bytes message) = 0;
  virtual Future<bool> close_writes() = 0;
  // The next message (no prefix), or nothing: the call is over, ask finish().
  virtual Future<std::optional<Bytes>> read() = 0;
  // Waits for the headers of the response (or the end of the call).
  virtual Future<Metadata> headers() = 0;
  // Closes the writing side if that is open, reads and discards what comes still, and yields the
  // status. For a call with one response, that response.
  virtual Future<RawReply> finish() = 0;
  virtual void cancel() = 0;  // ends the call with CANCELLED
  virtual ~RawStream() = default;
};

// What a channel's connections are doing (grpc/grpc, doc/connectivity-semantics-and-api.md).
enum class ChannelState : std::uint8_t {
  idle,               // there is none, and none is being made: nobody needs one
  connecting,         // the first one is being made, or another one after a loss
  ready,              // calls have somewhere to go
  transient_failure,  // none could be made: calls fail fast, and it is tried again with backoff
  shutdown,           // there will be none any more
};
CPP_LITE_API std::string_view to_string(ChannelState state);  // "IDLE", "TRANSIENT_FAILURE"

// Where calls go. Connections, in-process servers, fakes and policies all are Channels, and a
// client layer is a function from Channel to Channel. Thread-safe.
class CPP_LITE_API Channel {
 public:
  // `request` starts with kMessagePrefix free bytes.
  virtual Future<RawReply> unary(Call call, Bytes request) = 0;
  virtual std::unique_ptr<RawStream> stream(Call call) = 0;

  // Of the channels that connect() gives. Others, layers among them, have no connections of their
  // own: they are ready, and stay so.
  virtual ChannelState state() const;
  // The state as soon as it is another one than `last`; at once, if it is. Short stays may go
  // unseen. SHUTDOWN comes at the latest when the channel is gone.
  virtual Future<ChannelState> state_other_than(ChannelState last);
  // Connects, if it is idle, as the next call would.
  virtual void connect_now();

  virtual ~Channel() = default;
};

using ClientLayer = std::function<std::shared_ptr<Channel>(std::shared_ptr<Channel>)>;

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
  // Sees each attempt soon after its end; on the channel's loop, so it must not block.
  std::function<void(const Method&, const Attempt&)> on_attempt = {};

  LogFunction log = log_to_stderr();  // empty: silent
};

// A stream that is over before it began: for channels and layers that refuse a call.
CPP_LITE_API std::unique_ptr<RawStream> ended_stream(Status why);

// A channel to "host:port", "dns:///host:port", "ipv4:1.2.3.4:5,6.7.8.9:10", "ipv6:[::1]:5",
// "unix:/path" or "unix:///path". Connects when the first call needs it and again when a connection
// is lost, with backoff. Never fails: a target or an option that makes no sense gives a channel
// whose calls end at once with INVALID_ARGUMENT and the reason.
CPP_LITE_API std::shared_ptr<Channel> connect(std::string target, ConnectOptions options = {});

}  // namespace cpp_lite
