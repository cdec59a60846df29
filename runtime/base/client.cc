#include <cpp_lite/block.h>
#include <cpp_lite/client.h>
#include <cpp_lite/transform.h>
#include <google/protobuf/message_lite.h>

#include <mutex>
#include <string>

#include "base/message_status.h"
#include "base/request_key.h"

namespace cpp_lite::detail {
namespace {

constexpr const char* kNoChannel = "the client has no channel";

Call make_call(const Method& method, Deadline deadline, const CallOptions& options) {
  Call call{.method = &method,
            .deadline = deadline,
            .options = {.metadata = options.metadata.copy(),
                        .authority = std::string(options.authority),
                        .compression = options.compression,
                        .wait_for_ready = options.wait_for_ready,
                        .max_receive_message = options.max_receive_message,
                        .max_send_message = options.max_send_message,
                        .token = std::string(options.token),
                        .parent = options.parent.get()}};
  if (options.detached) {
    call.options.parent.reset();
  } else if (call.options.parent == nullptr) {
    call.options.parent = current_scope()->call;
  }
  return call;
}

}  // namespace

class StreamEnd {
 public:
  mutable std::mutex mutex;
  // Guarded by mutex.
  Status fault;
  Metadata trailers;
};

namespace {

void set_fault(StreamEnd& end, Status why) {  // the first one counts
  const std::lock_guard lock(end.mutex);
  if (end.fault.ok()) end.fault = std::move(why);
}

void set_trailers(StreamEnd& end, Metadata trailers) {
  const std::lock_guard lock(end.mutex);
  end.trailers = std::move(trailers);
}

}  // namespace

Status get_fault(const StreamEnd& end) {
  const std::lock_guard lock(end.mutex);
  return end.fault;
}

void parse_reply(RawReply& raw, google::protobuf::MessageLite& message) {
  if (!raw.status.ok()) return;
  if (parse(raw.message, message)) return give_bytes(std::move(raw.message));
  Status status = base::not_parsable("response", message.GetTypeName());
  status.set_attempts(raw.status.attempts());
  status.set_idempotency_key(raw.status.idempotency_key());
  raw.status = std::move(status);
}

RawReply take_last_reply(FutureState& ready) {
  RawReply raw = take_raw_reply(ready);
  set_trailers(*static_cast<StreamEnd*>(with_reply(ready).get()), raw.trailers);
  return raw;
}

bool parse_next(Bytes& bytes, google::protobuf::MessageLite& message, StreamEnd& end) {
  const bool good = parse(bytes, message);
  give_bytes(std::move(bytes));
  if (!good) set_fault(end, base::not_parsable("response", message.GetTypeName()));
  return good;
}

ClientStream::ClientStream(std::unique_ptr<RawStream> raw)
    : raw_(std::move(raw)), end_(std::make_shared<StreamEnd>()) {}

Status ClientStream::give_up() {
  Status fault = get_fault(*end_);
  if (!fault.ok()) raw_->cancel();
  return fault;
}

Future<bool> ClientStream::write_message(const google::protobuf::MessageLite& message) {
  if (!get_fault(*end_).ok()) return false;
  std::optional<Bytes> bytes = serialize(message);
  const UnboundScope unbound;
  if (bytes) return raw_->write(std::move(*bytes));
  set_fault(*end_, base::not_serializable("request", message));
  return false;
}

Future<bool> ClientStream::end_writes() {
  const UnboundScope unbound;
  return raw_->close_writes();
}

Future<bool> ClientStream::read_message(google::protobuf::MessageLite& message) {
  if (!get_fault(*end_).ok()) {
    message.Clear();
    return false;
  }
  return transform(read_bytes(), [end = end_, &message](std::optional<Bytes> bytes) {
    if (base::parse_next(bytes, message)) return true;
    if (bytes) set_fault(*end, base::not_parsable("response", message.GetTypeName()));
    return false;
  });
}

Future<std::optional<Bytes>> ClientStream::read_bytes() {
  const UnboundScope unbound;
  return raw_->read();
}

Future<RawReply> ClientStream::finish_bytes() {
  const UnboundScope unbound;
  return raw_->finish();
}

Future<Metadata> ClientStream::headers() {
  const UnboundScope unbound;
  return raw_->headers();
}

Metadata ClientStream::trailers() const {
  const std::lock_guard lock(end_->mutex);
  return end_->trailers;
}

Future<Status> ClientStream::finish_status() {
  if (Status fault = give_up(); !fault.ok()) return fault;
  return transform(finish_bytes(), [end = end_](RawReply reply) {
    set_trailers(*end, std::move(reply.trailers));
    return std::move(reply.status);
  });
}

Future<RawReply> start_unary(const std::shared_ptr<Channel>& channel, const Method& method,
                             const google::protobuf::MessageLite& request,
                             std::optional<std::string_view> key, Deadline deadline,
                             const CallOptions& options) {
  if (channel == nullptr) return RawReply{Status(Code::invalid_argument, kNoChannel)};
  std::optional<Bytes> bytes = serialize(request);
  if (!bytes) return RawReply{base::not_serializable("request", request)};
  Call call = make_call(method, deadline, options);
  Status settled = base::settle_key(method, key, options.idempotency_key, call.options, *bytes);
  if (!settled.ok()) return RawReply{std::move(settled)};
  const UnboundScope unbound;
  return channel->unary(std::move(call), std::move(*bytes));
}

std::unique_ptr<RawStream> start_stream(const std::shared_ptr<Channel>& channel,
                                        const Method& method, Deadline deadline,
                                        const CallOptions& options) {
  if (channel == nullptr) {
    return ended_stream(Status(Code::invalid_argument, kNoChannel));
  }
  Status settled = base::expect_no_key(method, options.idempotency_key);
  if (!settled.ok()) return ended_stream(std::move(settled));
  const UnboundScope unbound;
  return channel->stream(make_call(method, deadline, options));
}

std::unique_ptr<RawStream> start_server_stream(const std::shared_ptr<Channel>& channel,
                                               const Method& method,
                                               const google::protobuf::MessageLite& request,
                                               Deadline deadline, const CallOptions& options) {
  std::optional<Bytes> bytes = serialize(request);
  if (!bytes) return ended_stream(base::not_serializable("request", request));
  auto stream = start_stream(channel, method, deadline, options);
  // Nobody waits for these: giving up their Futures gives up the notification only.
  static_cast<void>(stream->write(std::move(*bytes)));
  static_cast<void>(stream->close_writes());
  return stream;
}

}  // namespace cpp_lite::detail
