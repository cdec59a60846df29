// The waist: every client call, whatever its shape, goes through a Channel as bytes.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/method.h>
#include <cpp_lite/status.h>
#include <cpp_lite/task.h>

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
namespace config {
struct ServiceConfig;
}

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

// A stream that is over before it began: for channels and layers that refuse a call.
CPP_LITE_API std::unique_ptr<RawStream> ended_stream(Status why);

}  // namespace cpp_lite
