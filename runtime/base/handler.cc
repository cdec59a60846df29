#include <cpp_lite/handler.h>
#include <google/protobuf/message_lite.h>

#include <string>

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

Status unparsable_request(std::string_view type) { return base::not_parsable("request", type); }

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
  return transform(call.read(), [&call, &message](std::optional<Bytes> bytes) {
    if (base::parse_next(bytes, message)) return true;
    if (bytes) call.fail(unparsable_request(message.GetTypeName()));
    return false;
  });
}

}  // namespace detail
}  // namespace cpp_lite
