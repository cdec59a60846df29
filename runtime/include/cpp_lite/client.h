// What generated clients are made of: typed streams over RawStream, and one function per kind of
// call.
#pragma once

#include <cpp_lite/call.h>
#include <cpp_lite/message.h>
#include <cpp_lite/raw_state.h>
#include <cpp_lite/result.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace cpp_lite {

namespace detail {

// How a stream ended. Its fault is why this side gave up on it: a message that did not parse, or
// could not be serialized; found by a read or by a write, which may run on different threads.
class StreamEnd;
CPP_LITE_API Status get_fault(const StreamEnd& end);  // OK: none

// The typed streams' common part, compiled once.
class CPP_LITE_API ClientStream {
 public:
  ClientStream() = default;
  explicit ClientStream(std::unique_ptr<RawStream> raw);

  // Ends the call with CANCELLED. Dropping the stream does the same.
  void cancel() {
    if (raw_ != nullptr) raw_->cancel();
  }
  // The initial metadata of the response; waits for it.
  Future<Metadata> headers();
  // The trailing metadata, once finish() has yielded.
  Metadata trailers() const;

 protected:
  // These run the channel's layers bound to no executor.
  Future<bool> write_message(const google::protobuf::MessageLite& message);
  Future<bool> end_writes();
  Future<bool> read_message(google::protobuf::MessageLite& message);
  Future<std::optional<Bytes>> read_bytes();
  Future<RawReply> finish_bytes();
  template <typename T>
  Future<std::optional<T>> read_message();
  Future<Status> finish_status();
  template <typename T>
  Future<Reply<T>> finish_reply();

  // With a fault, the call is cancelled: that fault. Else OK.
  Status give_up();

  std::unique_ptr<RawStream> raw_;
  // Once set, reading and writing are over, and finish() cancels the call and says why.
  std::shared_ptr<StreamEnd> end_;
};

// Parses the response of a call that ended well into `message`. Gives the bytes back.
CPP_LITE_API void parse_reply(RawReply& raw, google::protobuf::MessageLite& message);
// As take_raw_reply(), of the end of a stream.
CPP_LITE_API RawReply take_last_reply(FutureState& ready);
// A message of a stream. False: it does not parse, which is the fault of the stream now.
CPP_LITE_API bool parse_next(Bytes& bytes, google::protobuf::MessageLite& message, StreamEnd& end);

}  // namespace detail

// A server-streaming call. `while (auto row = co_await rows.read())`, then finish().
template <typename Response>
class [[nodiscard("dropping a stream cancels the call")]] ReadStream : public detail::ClientStream {
 public:
  using ClientStream::ClientStream;
  // The next message, or nothing when the call is over.
  Future<std::optional<Response>> read() { return read_message<Response>(); }
  // The same into a message, whose memory serves one after the other. It may change from this call
  // on, until the Future has been awaited or dropped. False, and it is empty: the call is over, or
  // what came was no such message; finish() says which. What it keeps adds up: docs/limits.md.
  Future<bool> read(Response & message) { return read_message(message); }
  // How the call ended; reads and discards what is left.
  Future<Status> finish() { return finish_status(); }
};

// A client-streaming call: write(), then finish() for the one response.
template <typename Request, typename Response>
class [[nodiscard("dropping a stream cancels the call")]] WriteStream
    : public detail::ClientStream {
 public:
  using ClientStream::ClientStream;
  // False: the call is over, ask finish(). Waits while the peer does not read.
  Future<bool> write(const Request& message) { return write_message(message); }
  // Closes the writing side and waits for the response.
  Future<Reply<Response>> finish() { return finish_reply<Response>(); }
};

// A bidirectional call. One read and one write may be pending at a time.
template <typename Request, typename Response>
class [[nodiscard("dropping a stream cancels the call")]] ReadWriteStream
    : public detail::ClientStream {
 public:
  using ClientStream::ClientStream;
  Future<bool> write(const Request& message) { return write_message(message); }
  // Says that no more messages come; reading goes on.
  Future<bool> close_writes() { return end_writes(); }
  // Both as ReadStream's.
  Future<std::optional<Response>> read() { return read_message<Response>(); }
  Future<bool> read(Response & message) { return read_message(message); }
  // Closes the writing side, too.
  Future<Status> finish() { return finish_status(); }
};

namespace detail {

// `key` is what the request's key field holds; nullopt: nobody looked, or there is no such field.
CPP_LITE_API Future<RawReply> start_unary(const std::shared_ptr<Channel>& channel,
                                          const Method& method,
                                          const google::protobuf::MessageLite& request,
                                          std::optional<std::string_view> key, Deadline deadline,
                                          const CallOptions& options);
CPP_LITE_API std::unique_ptr<RawStream> start_stream(const std::shared_ptr<Channel>& channel,
                                                     const Method& method, Deadline deadline,
                                                     const CallOptions& options);
// With the one request written and the writing side closed.
CPP_LITE_API std::unique_ptr<RawStream> start_server_stream(
    const std::shared_ptr<Channel>& channel, const Method& method,
    const google::protobuf::MessageLite& request, Deadline deadline, const CallOptions& options);

template <typename T>
Reply<T> typed_reply(RawReply raw) {
  Reply<T> reply{Fresh()};
  parse_reply(raw, *reply);
  reply.set_status(std::move(raw.status));
  reply.set_metadata(std::move(raw.headers), std::move(raw.trailers), raw.attempts);
  return reply;
}

template <typename T>
Reply<T> take_reply(FutureState& ready) {
  return typed_reply<T>(take_raw_reply(ready));
}

template <typename T>
Reply<T> take_last(FutureState& ready) {
  return typed_reply<T>(take_last_reply(ready));
}

template <typename T>
Future<Reply<T>> reply_of(Future<RawReply> raw) {
  return Future<Reply<T>>(taken_from(std::move(raw), untyped<Reply<T>>(&take_reply<T>)));
}

template <typename T>
std::optional<T> next_of(std::optional<Bytes> bytes, StreamEnd& end) {
  std::optional<T> message;
  if (bytes && !parse_next(*bytes, message.emplace(), end)) message.reset();
  return message;
}

template <typename T>
std::optional<T> take_next(FutureState& ready) {
  return next_of<T>(take_raw_message(ready), *static_cast<StreamEnd*>(with_message(ready).get()));
}

template <typename T>
Future<std::optional<T>> ClientStream::read_message() {
  if (!get_fault(*end_).ok()) return std::optional<T>();
  Future<std::optional<Bytes>> bytes = read_bytes();
  if (bytes.ready()) return next_of<T>(bytes.take(), *end_);
  return Future<std::optional<T>>(
      taken_from(std::move(bytes), untyped<std::optional<T>>(&take_next<T>), end_));
}

template <typename T>
Future<Reply<T>> ClientStream::finish_reply() {
  if (Status fault = give_up(); !fault.ok()) return Reply<T>(std::move(fault));
  return Future<Reply<T>>(taken_from(finish_bytes(), untyped<Reply<T>>(&take_last<T>), end_));
}

}  // namespace detail

// The request is serialized before these return, so it may be a temporary.
template <typename Response>
Future<Reply<Response>> unary(const std::shared_ptr<Channel>& channel, const Method& method,
                              const google::protobuf::MessageLite& request, Deadline deadline,
                              const CallOptions& options) {
  return detail::reply_of<Response>(
      detail::start_unary(channel, method, request, std::nullopt, deadline, options));
}

// Of a keyed method whose request holds the key: `key` is the value of its key field, empty or not.
template <typename Response>
Future<Reply<Response>> unary_with_key(const std::shared_ptr<Channel>& channel,
                                       const Method& method,
                                       const google::protobuf::MessageLite& request,
                                       std::string_view key, Deadline deadline,
                                       const CallOptions& options) {
  return detail::reply_of<Response>(
      detail::start_unary(channel, method, request, key, deadline, options));
}

template <typename Response>
ReadStream<Response> server_streaming(const std::shared_ptr<Channel>& channel, const Method& method,
                                      const google::protobuf::MessageLite& request,
                                      Deadline deadline, const CallOptions& options) {
  return ReadStream<Response>(
      detail::start_server_stream(channel, method, request, deadline, options));
}

template <typename Request, typename Response>
WriteStream<Request, Response> client_streaming(const std::shared_ptr<Channel>& channel,
                                                const Method& method, Deadline deadline,
                                                const CallOptions& options) {
  return WriteStream<Request, Response>(detail::start_stream(channel, method, deadline, options));
}

template <typename Request, typename Response>
ReadWriteStream<Request, Response> bidi_streaming(const std::shared_ptr<Channel>& channel,
                                                  const Method& method, Deadline deadline,
                                                  const CallOptions& options) {
  return ReadWriteStream<Request, Response>(
      detail::start_stream(channel, method, deadline, options));
}

}  // namespace cpp_lite
