// Layers to use, and to read before writing one: for Server::add() and for ConnectOptions::layers.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/export.h>
#include <cpp_lite/handler.h>

#include <functional>
#include <string>
#include <string_view>

namespace cpp_lite {

// The key under which a request's id travels.
inline constexpr std::string_view kRequestId = "x-request-id";

// --- For both sides ---

// See log_calls(). A layer of a server or of a channel, as the place needs it.
struct CPP_LITE_API CallLog {
  operator ServerLayer() const;  // NOLINT(google-explicit-constructor): that is its purpose
  operator ClientLayer() const;  // NOLINT(google-explicit-constructor)

  LogFunction log;
  const Clock* clock;
};

// One line at level info for each call that ends: side, method, peer (of a server), request id if
// the request has one, how it ended, how long it took.
//
//   server /payments.v1.PaymentService/ChargeCard ipv4:10.0.0.7:40112 id=7f3a OK in 1.204 ms
//
// The clock must outlive the layer.
CPP_LITE_API CallLog log_calls(LogFunction log, const Clock& clock = system_steady_clock());

// --- For servers ---

// Refuses calls with UNAUTHENTICATED unless `check` accepts the token of their one header
// "authorization: Bearer <token>" (RFC 6750 section 2.1). `check` runs on the handler's executor
// and on several threads; it should compare secrets in constant time.
CPP_LITE_API ServerLayer require_bearer_token(std::function<bool(std::string_view token)> check);

// Gives every call an id: the client's x-request-id, or a new one if there is none (or one that is
// over 128 bytes). It returns to the client as a header, and `tell`, if given, gets it before the
// handler runs.
CPP_LITE_API ServerLayer
request_ids(std::function<void(ServerContext&, const std::string& id)> tell = {});

// --- For channels ---

// Changes every call, unary or stream, on its way out. `change` runs on the caller's thread.
CPP_LITE_API ClientLayer on_each_call(std::function<void(Call&)> change);

// Adds one pair to the metadata of every call.
CPP_LITE_API ClientLayer with_metadata(std::string key, std::string value);

// Gives an x-request-id to every call that has none.
CPP_LITE_API ClientLayer with_request_ids();

}  // namespace cpp_lite
