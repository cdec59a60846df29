#include <cpp_lite/block.h>
#include <cpp_lite/handler.h>
#include <google/protobuf/message_lite.h>

#include <concepts>
#include <coroutine>
#include <memory>
#include <string>
#include <utility>

#include "base/message_status.h"

namespace cpp_lite {

Future<void> Cancellation::wait() const {
  if (call_->cancelled()) return ready_future();
  detail::Promise<void> promise;
  auto id = std::make_shared<std::uint64_t>(0);  // written before the Future can be dropped
  promise.on_drop([call = call_, id] { call->forget(*id); });
  Future<void> cancelled = promise.future();
  *id = call_->on_cancel([promise = std::move(promise)]() mutable { promise.set(); });
  return cancelled;
}

Future<Status> Next::operator()() {
  if (chain_ == nullptr) return Status(Code::internal, "a layer called next() twice");
  return std::exchange(chain_, nullptr)->run(layer_);
}

Status unimplemented(const Method& method) {
  return Status::not_executed(Code::unimplemented,
                              std::string(method.path) + " is not implemented");
}

namespace detail {

Status parse_request(std::span<const std::uint8_t> bytes, google::protobuf::MessageLite& request) {
  if (parse(bytes, request)) return Status();
  return base::not_parsable("request", request.GetTypeName());
}

bool parse_next(Bytes& bytes, google::protobuf::MessageLite& message, ServedCall& call) {
  const bool good = parse(bytes, message);
  give_bytes(std::move(bytes));
  if (!good) call.fail(base::not_parsable("request", message.GetTypeName()));
  return good;
}

Status respond_with(ServedCall& call, const google::protobuf::MessageLite& message) {
  std::optional<Bytes> bytes = serialize(message);
  if (!bytes) return base::not_serializable("response", message);
  call.respond(std::move(*bytes));
  return Status();
}

Future<bool> write_message(ServedCall& call, const google::protobuf::MessageLite& message) {
  if (std::optional<Bytes> bytes = serialize(message)) return call.write(std::move(*bytes));
  call.fail(base::not_serializable("response", message));
  return false;
}

Future<bool> read_message(ServedCall& call, google::protobuf::MessageLite& message) {
  const ServedCall::Here here = call.read_here(message);
  if (here == ServedCall::Here::parsed) return true;
  if (here == ServedCall::Here::bad) {
    call.fail(base::not_parsable("request", message.GetTypeName()));
    message.Clear();
    return false;
  }
  return transform(call.read(), [&call, &message](std::optional<Bytes> bytes) {
    if (base::parse_next(bytes, message)) return true;
    if (bytes) call.fail(base::not_parsable("request", message.GetTypeName()));
    return false;
  });
}

namespace {

struct Drop {
  void operator()(FutureState* state) const { state->drop(); }
};
// As a Future, of whatever type.
using AnyFuture = std::unique_ptr<FutureState, Drop>;

struct UntilReady {
  FutureState& state;

  bool await_ready() const { return state.ready(); }
  template <std::derived_from<CoroutineBase> P>
  CPP_LITE_NOINLINE bool await_suspend(std::coroutine_handle<P> self) {
    return self.promise().suspend_until(state, self);
  }
  void await_resume() const {}
};

using Respond = Status (*)(ServedCall& call, FutureState& ready);

Future<Status> respond_when_ready(ServedCall& call, AnyFuture answer, Respond respond) {
  co_await UntilReady{*answer};
  co_return respond(call, *answer);
}

}  // namespace

Future<Status> respond_later(ServedCall& call, FutureState* answer, Respond respond) {
  if (answer == nullptr) die("a handler's Future was used before, or is empty");
  AnyFuture owned(answer);
  if (owned->ready()) return respond(call, *owned);
  return respond_when_ready(call, std::move(owned), respond);
}

}  // namespace detail
}  // namespace cpp_lite
