// Layers to use, and to read before writing one: for Server::add() and for ConnectOptions::layers.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/export.h>
#include <cpp_lite/handler.h>
#include <cpp_lite/overload.h>
#include <cpp_lite/result.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite {

// The key under which a request's id travels.
inline constexpr std::string_view kRequestId = "x-request-id";

// --- For both sides ---

// What others have written of a line of log_calls().
enum class CallLogPart : std::uint8_t { peer, request_id, message, metadata };

struct CallLogOptions {
  // Keys of the request's metadata whose values a line shows, as "tenant=acme". Those that are
  // secrets by their purpose are never shown: authorization, proxy-authorization and cookie.
  std::vector<std::string> metadata = {};
  // Gives what a line shows in place of `text`; "": nothing of that part. `key` is that of
  // metadata, else empty. It runs where the call does, on any thread, and must not throw. Empty:
  // the text itself.
  std::function<std::string(CallLogPart part, std::string_view key, std::string_view text)> redact =
      {};
};

// See log_calls(). A layer of a server or of a channel, as the place needs it.
struct CPP_LITE_API CallLog {
  operator ServerLayer() const;  // NOLINT(google-explicit-constructor): that is its purpose
  operator ClientLayer() const;  // NOLINT(google-explicit-constructor)

  LogFunction log;
  const Clock* clock;
  CallLogOptions options = {};
};

// One line at level info for each call that ends: side, method, peer (of a server), request id if
// the request has one, metadata that the options name, how it ended, how long it took, and
// MessageBytes (of a channel: as its caller sees them, not once for each attempt).
//
//   server /shop.v1.Shop/Buy ipv4:10.0.0.7:40112 id=7f3a OK in 1.204 ms received=31 sent=12
//
// The clock must outlive the layer.
CPP_LITE_API CallLog log_calls(LogFunction log, const Clock& clock = system_steady_clock());
CPP_LITE_API CallLog log_calls(LogFunction log, CallLogOptions options,
                               const Clock& clock = system_steady_clock());

// --- For servers ---

// Refuses calls with UNAUTHENTICATED unless `check` accepts the token of their one header
// "authorization: Bearer <token>" (RFC 6750 section 2.1). `check` runs on the connection's
// loop, so it must not block, and on several threads if the server has several loops; it should
// compare secrets in constant time.
CPP_LITE_API ServerLayer require_bearer_token(std::function<bool(std::string_view token)> check);

// Gives every call an id: the client's x-request-id, or a new one if there is none (or one that is
// over 128 bytes). It returns to the client as a header, and `tell`, if given, gets it before the
// handler runs.
CPP_LITE_API ServerLayer
request_ids(std::function<void(ServerContext&, const std::string& id)> tell = {});

// Gives every principal (see ServerContext::set_principal; put the layer that sets it first) so
// many calls of a method in a second; callers without one share theirs. A call above that ends with
// RESOURCE_EXHAUSTED before the handler runs, with the promise that nothing was executed and with
// the time until there is room again, so that a client that may wait repeats it then. A stream
// counts when it begins.
CPP_LITE_API ServerLayer rate_limit(RateLimitOptions options = {});

// --- For channels ---

// Changes every call, unary or stream, on its way out. `change` runs on the caller's thread.
CPP_LITE_API ClientLayer on_each_call(std::function<void(Call&)> change);

// Adds one pair to the metadata of every call.
CPP_LITE_API ClientLayer with_metadata(std::string key, std::string value);

// Asks `source` who calls, for each call that has no token of its own, and sends the call with what
// that yields (CallOptions::token). A source keeps its token as long as it is good, and yields it
// at once; when it has to ask somebody, it is to be done by call.deadline. What is written to a
// stream meanwhile waits. If it fails, so does the call, before anything was sent. `source` runs on
// the caller's thread.
CPP_LITE_API ClientLayer
with_tokens(std::function<Future<Result<std::string>>(const Call& call)> source);

// Gives an x-request-id to every call that has none.
CPP_LITE_API ClientLayer with_request_ids();

// --- For channels, against overload ---
//
// None of these is on unless it is in ConnectOptions::layers, and each channel that it is given to
// has its own. Their place is around the repetition of calls, so what they see is a call with all
// its attempts. What they refuse ends at once with UNAVAILABLE, made on this side, before anything
// was sent; it is not repeated. Its detail google.rpc.ErrorInfo has the domain "cpp-lite" and the
// reason that is named here. Outermost first:
//
//   caller -> circuit_breaker or adaptive_throttle -> bulkhead -> repetition -> connection
//
// Which calls tell of a server in trouble: those that end with UNAVAILABLE, DEADLINE_EXCEEDED,
// RESOURCE_EXHAUSTED, INTERNAL or UNKNOWN. Other codes are the application's, and cancelled or
// dropped calls and stored responses say nothing. A stream tells that all is well with its first
// message, and what comes after does not count.

// Refuses all calls (CIRCUIT_OPEN) for some seconds when half of the latest ones failed; then lets
// a few through, and goes on or refuses for longer, as these end.
CPP_LITE_API ClientLayer circuit_breaker(CircuitBreakerOptions options = {});

// Refuses (ADAPTIVE_THROTTLE) as large a part of the calls as keeps those that are sent at twice
// what the server accepts: smoother than a breaker, for one address with many servers behind it.
// Nothing is refused while nothing fails.
CPP_LITE_API ClientLayer adaptive_throttle(AdaptiveThrottleOptions options = {});

// Bounds how many unary calls are under way at a time. More wait, in their order, until their
// deadline; when too many wait already, or the deadline comes, a call is refused (BULKHEAD_FULL).
// Streams pass and do not count, as they may be long.
CPP_LITE_API ClientLayer bulkhead(BulkheadOptions options = {});

}  // namespace cpp_lite
