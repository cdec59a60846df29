// What generated handlers and layers are made of: the context of a served call, its typed streams,
// and routes.
#pragma once

#include <cpp_lite/call.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future.h>
#include <cpp_lite/keyed_execution.h>
#include <cpp_lite/message.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/method.h>
#include <cpp_lite/raw_state.h>
#include <cpp_lite/result.h>
#include <cpp_lite/spare.h>
#include <cpp_lite/transform.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace cpp_lite {

struct PeerCertificate;

// Whether a served call is cancelled: `if (context.cancelled())`, or `co_await
// context.cancelled()`.
class CPP_LITE_API Cancellation {
 public:
  explicit Cancellation(std::shared_ptr<CallContext> call) : call_(std::move(call)) {}
  explicit operator bool() const { return call_->cancelled(); }
  // Yields when the call is cancelled: by the client, the loss of its connection, or the deadline.
  Future<void> wait() const;
  auto operator co_await() const { return wait().operator co_await(); }

 private:
  std::shared_ptr<CallContext> call_;
};

class Service;
struct KeyedAnswer;
struct KeyPolicy;
struct Route;

// Bytes of a call's messages: before compression, and without gRPC's prefix and metadata. (The
// metrics of gRFC A66 count them compressed.)
struct MessageBytes {
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

// One served call, as its handler and layers see it. Alive until the handler's Future completes.
// A layer uses it on the connection's loop, before next() and after what that yields; the handler
// on its executor, in between. cancelled() and handle() may be called anywhere.
class CPP_LITE_API ServerContext {
 public:
  virtual const Method& method() const = 0;
  virtual const std::string& peer() const = 0;   // "ipv4:127.0.0.1:40000", "unix:"
  virtual const Metadata& metadata() const = 0;  // what the client sent
  // Who calls: as a layer found out or, before that, PeerCertificate::name. Empty: nobody knows.
  virtual const std::string& principal() const = 0;
  virtual void set_principal(std::string principal) = 0;
  // The client's, verified; null: it was not asked for one, or showed none.
  virtual const PeerCertificate* certificate() const { return nullptr; }
  // 1 on the first attempt, 2 on the client's first repetition, and so on.
  virtual int attempt() const = 0;
  // What the calls made inside are asked: see ServerOptions::hint_retries.
  RetryHint retry_hint() const { return handle()->retry_hint(); }
  // Of a keyed method: this execution. Elsewhere one that is not keyed().
  virtual KeyedExecution& idempotency();

  virtual SteadyTime deadline() const = 0;                  // SteadyTime::max(): none
  virtual std::chrono::nanoseconds remaining() const = 0;   // never negative; max(): no deadline
  virtual std::shared_ptr<CallContext> handle() const = 0;  // for CallOptions::parent, elsewhere
  Cancellation cancelled() const { return Cancellation(handle()); }

  // Initial and trailing metadata of the response. Headers may be set until the first message or
  // send_headers(). False, and nothing happens: too late, a reserved name, or a pair that breaks
  // the rules of Metadata.
  virtual bool set_header(std::string_view key, std::string_view value) = 0;
  virtual bool set_trailer(std::string_view key, std::string_view value) = 0;
  // Sends the headers now instead of with the first message. False: the call is over.
  virtual Future<bool> send_headers() = 0;
  // Whether the message that was read last, or the only one, came compressed.
  virtual bool request_compressed() const { return false; }
  // Whether response messages are compressed, if the client accepts it.
  virtual void set_compression(Compression compression) = 0;

  // For the runtime; see execute_keyed() below. `request` lives until the Future is ready.
  virtual Future<KeyedAnswer> execute_keyed(Service& service, const Route& route,
                                            std::span<const std::uint8_t> request);

  // For layers, on unary methods: the request and, after next(), the response, serialized. Valid
  // while the context is; empty on streams.
  virtual std::span<const std::uint8_t> request_bytes() const = 0;
  virtual std::span<const std::uint8_t> response_bytes() const = 0;
  // For layers, on unary methods: answers in the handler's place. `co_return
  // context.answer(bytes)`.
  virtual Status answer(std::span<const std::uint8_t> response, Status status = Status()) = 0;
  // For layers, after next(): what the handler has read, and what it has sent. The one response of
  // a method counts from then on, though it leaves only after the layers, and only if they end with
  // OK; it does not if the call is over before.
  virtual MessageBytes message_bytes() const {
    return {request_bytes().size(), response_bytes().size()};
  }

  virtual ~ServerContext() = default;
};

namespace detail {

// What an adapter between bytes and a typed handler needs; implemented by server/call.
class CPP_LITE_API ServedCall {
 public:
  virtual ServerContext& context() = 0;
  // Of methods with one request. Valid until the caller waits for something.
  virtual std::span<const std::uint8_t> request() { return context().request_bytes(); }
  virtual Future<std::optional<Bytes>> read() = 0;  // messages without prefix
  // The next message is parsed where it lies, if it is there and this is where it can be. Else
  // nothing happens: read() it.
  enum class Here : std::uint8_t { not_here, parsed, bad };
  virtual Here read_here(google::protobuf::MessageLite&) { return Here::not_here; }
  virtual Future<bool> write(Bytes message) = 0;  // with prefix
  virtual void respond(Bytes message) = 0;        // with prefix: the one response of the call
  // The call ends with this error whatever the handler says.
  virtual void fail(Status status) = 0;

  // The Reader or Writer of the handler: once each. It lives as long as the call.
  template <typename Stream>
  Stream& make_reader() {
    return *::new (static_cast<void*>(&reader_)) Stream(*this);
  }
  template <typename Stream>
  Stream& make_writer() {
    return *::new (static_cast<void*>(&writer_)) Stream(*this);
  }

 protected:
  ~ServedCall() = default;

 private:
  struct alignas(void*) Place {
    std::byte bytes[sizeof(void*)];
  };
  Place reader_, writer_;
};

// Parses the one request. Not OK: it does not parse.
CPP_LITE_API Status parse_request(std::span<const std::uint8_t> bytes,
                                  google::protobuf::MessageLite& request);
// A message of the client's. False: it does not parse, and the call fails.
CPP_LITE_API bool parse_next(Bytes& bytes, google::protobuf::MessageLite& message,
                             ServedCall& call);
CPP_LITE_API Status respond_with(ServedCall& call, const google::protobuf::MessageLite& message);
CPP_LITE_API Future<bool> write_message(ServedCall& call,
                                        const google::protobuf::MessageLite& message);
CPP_LITE_API Future<bool> read_message(ServedCall& call, google::protobuf::MessageLite& message);

}  // namespace detail

// The client's messages, in a handler. One read may be pending.
template <typename T>
class Reader {
 public:
  explicit Reader(detail::ServedCall& call) : call_(&call) {}

  // The next message, or nothing: the client half-closed, or the call is over
  // (context.cancelled()).
  Future<std::optional<T>> read() {
    Future<std::optional<Bytes>> bytes = call_->read();
    if (bytes.ready()) return next(bytes.take(), *call_);
    return Future<std::optional<T>>(
        detail::taken_from(std::move(bytes), detail::untyped<std::optional<T>>(&take),
                           std::shared_ptr<void>(std::shared_ptr<void>(), call_)));
  }
  // The same into a message, whose memory serves one after the other. It may change from this call
  // on, until the Future has been awaited or dropped. False, and it is empty: the call is over, or
  // what came was no such message, which fails the call. What it keeps adds up: docs/limits.md.
  Future<bool> read(T& message) { return detail::read_message(*call_, message); }

 private:
  static std::optional<T> next(std::optional<Bytes> bytes, detail::ServedCall& call) {
    std::optional<T> message;
    if (bytes && !detail::parse_next(*bytes, message.emplace(), call)) message.reset();
    return message;
  }
  static std::optional<T> take(detail::FutureState& ready) {
    auto* const call = static_cast<detail::ServedCall*>(detail::with_message(ready).get());
    return next(detail::take_raw_message(ready), *call);
  }

  detail::ServedCall* call_;
};

// The handler's messages to the client. One write may be pending.
template <typename T>
class Writer {
 public:
  explicit Writer(detail::ServedCall& call) : call_(&call) {}

  // False: the call is over, nobody reads. Completes when the message has room in the send buffer,
  // so that a slow client slows the handler down.
  Future<bool> write(const T& message) { return detail::write_message(*call_, message); }

 private:
  detail::ServedCall* call_;
};

// Pairs a method with the function that serves it.
struct Route {
  const Method* method;
  Future<Status> (*serve)(Service& service, detail::ServedCall& call);
  const KeyPolicy* keyed = nullptr;  // null: without a key
  // Of unary methods: why a request would not get as far as the handler. Null: nothing is known.
  Status (*check)(std::span<const std::uint8_t> request) = nullptr;
};

// The base of generated handlers. One object serves all calls, on several threads if the server has
// several loops or it runs on threads.
class CPP_LITE_API Service {
 public:
  virtual std::string_view service_name() const = 0;
  virtual std::span<const Route> routes() = 0;

  // The .proto of this service, then all that it imports, as serialized FileDescriptorProtos, where
  // the generator was asked for them with reflection=true.
  virtual std::span<const std::string_view> embedded_files() const { return {}; }

  // For a service that wants to know: once for each server, before any call, what it serves, this
  // one included. These live as long as the server. Neither function may touch the server.
  virtual void on_serve(std::span<Service* const>) {}
  // shutdown() was called, and the server begins to end: it still sends what handlers write, within
  // the time of its shutdown(), so that streams without an end of their own had better end now.
  // Once, after on_serve(), on any thread.
  virtual void on_drain() {}

  virtual ~Service() = default;
};

// The rest of the way to the handler, for a layer: call it at most once. Not copyable, as a copy
// could call it again.
class CPP_LITE_API Next {
 public:
  class Chain {
   public:
    virtual Future<Status> run(std::size_t layer) = 0;

   protected:
    ~Chain() = default;
  };
  Next(Chain& chain, std::size_t layer) : chain_(&chain), layer_(layer) {}
  Next(Next&& other) noexcept
      : chain_(std::exchange(other.chain_, nullptr)), layer_(other.layer_) {}
  Next& operator=(Next&& other) noexcept {
    chain_ = std::exchange(other.chain_, nullptr);
    layer_ = other.layer_;
    return *this;
  }
  // The handler's status (or that of a layer in between). A second call, or one of an object that
  // was moved from, yields INTERNAL.
  Future<Status> operator()();

 private:
  Chain* chain_;
  std::size_t layer_;
};

// Something around every call of a server, in the order of Server::add: it may refuse a call,
// change metadata, measure. Runs on the connection's loop, that of services on RunOn::threads too,
// and before these wait for a thread: it must not block, but it may co_await. Kept until the server
// ends, so its closure may be used after a co_await.
using ServerLayer = std::function<Future<Status>(ServerContext&, const Method&, Next)>;

// What a method answers that nobody implemented: nothing was executed.
CPP_LITE_API Status unimplemented(const Method& method);

// One message of a stream, executed like a call of its own to a keyed unary method of `service`: at
// most once per caller and key, and a duplicate, in this stream or elsewhere, gets the first
// answer. In a handler of RunOn::threads where the method is TRANSACTIONAL. What goes wrong is the
// Result's status; the stream goes on. `request` is read before this returns.
//
//   auto charged = co_await execute_keyed<ChargeResponse>(context, *this,
//                                                         PaymentService::methods[0], request);
template <typename Response, typename Request>
Future<Result<Response>> execute_keyed(ServerContext& context, Service& service,
                                       const Method& method, const Request& request);

namespace detail {

CPP_LITE_API Future<Result<Bytes>> execute_keyed(ServerContext& context, Service& service,
                                                 const Method& method,
                                                 const google::protobuf::MessageLite& request);

// Nobody needs the answer afterwards.
template <typename Response>
Status respond_with(ServedCall& call, Result<Response>& answer) {
  if (!answer) return answer.status();
  Status sent = respond_with(call, static_cast<const google::protobuf::MessageLite&>(*answer));
  if (Spares* const spares = kSpares<Response>; spares != nullptr && sent.ok()) {
    spares->give_sent(*answer);
  }
  return sent;
}

template <typename Response>
Status respond_from(ServedCall& call, FutureState& ready) {
  Result<Response> answer = take_from<Result<Response>>(ready);
  return respond_with(call, answer);
}

// Where `answer` is ready, by `respond`.
CPP_LITE_API Future<Status> respond_later(ServedCall& call, FutureState* answer,
                                          Status (*respond)(ServedCall&, FutureState&));

// A handler's answer on its way out: at once if it is there, else when it comes.
template <typename Response>
Future<Status> answer_with(ServedCall& call, Future<Result<Response>>&& answer) {
  if (Result<Response>* held = answer.held()) return respond_with(call, *held);
  return respond_later(call, answer.give_shared(), &respond_from<Response>);
}

template <auto kFunction, typename Signature = decltype(kFunction)>
struct Adapter;

template <auto kFunction, typename H, typename Request, typename Response>
struct Adapter<kFunction, Future<Result<Response>> (H::*)(ServerContext&, Request)> {
  static Status check(std::span<const std::uint8_t> bytes) {
    Request request;
    return parse_request(bytes, request);
  }
  static Future<Status> serve(Service& service, ServedCall& call) {
    Request request;
    if (Spares* const spares = kSpares<Request>) spares->take(request);
    if (Status bad = parse_request(call.request(), request); !bad.ok()) return bad;
    return answer_with<Response>(
        call, (static_cast<H&>(service).*kFunction)(call.context(), std::move(request)));
  }
};

template <auto kFunction, typename H, typename Request, typename Response>
struct Adapter<kFunction, Future<Status> (H::*)(ServerContext&, Request, Writer<Response>&)> {
  static Future<Status> serve(Service& service, ServedCall& call) {
    Request request;
    if (Status bad = parse_request(call.request(), request); !bad.ok()) return bad;
    return (static_cast<H&>(service).*kFunction)(call.context(), std::move(request),
                                                 call.make_writer<Writer<Response>>());
  }
};

template <auto kFunction, typename H, typename Request, typename Response>
struct Adapter<kFunction, Future<Result<Response>> (H::*)(ServerContext&, Reader<Request>&)> {
  static Future<Status> serve(Service& service, ServedCall& call) {
    return answer_with<Response>(call, (static_cast<H&>(service).*kFunction)(
                                           call.context(), call.make_reader<Reader<Request>>()));
  }
};

template <auto kFunction, typename H, typename Request, typename Response>
struct Adapter<kFunction,
               Future<Status> (H::*)(ServerContext&, Reader<Request>&, Writer<Response>&)> {
  static Future<Status> serve(Service& service, ServedCall& call) {
    auto& in = call.make_reader<Reader<Request>>();
    auto& out = call.make_writer<Writer<Response>>();
    return (static_cast<H&>(service).*kFunction)(call.context(), in, out);
  }
};

}  // namespace detail

// For generated code: the entry of a handler's virtual function in its table of routes.
template <auto kFunction>
constexpr Route route(const Method& method, const KeyPolicy* keyed = nullptr) {
  using Adapter = detail::Adapter<kFunction>;
  if constexpr (requires { &Adapter::check; }) {
    return {&method, &Adapter::serve, keyed, &Adapter::check};
  } else {
    return {&method, &Adapter::serve, keyed};
  }
}

template <typename Response, typename Request>
Future<Result<Response>> execute_keyed(ServerContext& context, Service& service,
                                       const Method& method, const Request& request) {
  return detail::transform(detail::execute_keyed(context, service, method, request),
                           [](Result<Bytes> bytes) -> Result<Response> {
                             if (!bytes) return bytes.status();
                             Response response;
                             if (detail::parse(*bytes, response)) return response;
                             return Status(Code::internal, "the stored answer cannot be parsed");
                           });
}

}  // namespace cpp_lite
