#include "client/stream.h"

#include <utility>

namespace cpp_lite::client {

template <typename F>
void CallStream::on_loop(F operation) {
  if (call_->loop()->is_current()) return operation(*call_);
  call_->loop()->post(
      [call = call_, operation = std::move(operation)]() mutable { operation(*call); });
}

template <typename T, typename F>
Future<T> CallStream::pending(F operation) {
  detail::Promise<T> promise(call_->loop());
  Future<T> future = promise.future();
  on_loop([operation = std::move(operation), promise = std::move(promise)](
              ClientCall& call) mutable { operation(call, std::move(promise)); });
  return future;
}

CallStream::~CallStream() {
  on_loop([](ClientCall& call) { call.cancel("its stream was dropped"); });
}

Future<bool> CallStream::write(Bytes message) {
  if (!call_->loop()->is_current()) {
    return pending<bool>(
        [message = std::move(message)](ClientCall& call, detail::Promise<bool> done) mutable {
          call.write(std::move(message), std::move(done));
        });
  }
  if (const std::optional<bool> now = call_->try_write(std::move(message))) return *now;
  return pending<bool>(
      [](ClientCall& call, detail::Promise<bool> done) { call.wait_for_room(std::move(done)); });
}

Future<bool> CallStream::close_writes() {
  if (call_->loop()->is_current()) return call_->close_writes();
  return pending<bool>(
      [](ClientCall& call, detail::Promise<bool> done) { done.set(call.close_writes()); });
}

Future<std::optional<Bytes>> CallStream::read() {
  if (call_->loop()->is_current()) {
    if (std::optional<std::optional<Bytes>> now = call_->try_read()) return std::move(*now);
  }
  return pending<std::optional<Bytes>>(
      [](ClientCall& call, detail::Promise<std::optional<Bytes>> next) {
        call.read(std::move(next));
      });
}

Future<Metadata> CallStream::headers() {
  return pending<Metadata>([](ClientCall& call, detail::Promise<Metadata> headers) {
    call.headers(std::move(headers));
  });
}

Future<RawReply> CallStream::finish() {
  return pending<RawReply>(
      [](ClientCall& call, detail::Promise<RawReply> reply) { call.finish(std::move(reply)); });
}

void CallStream::cancel() {
  on_loop([](ClientCall& call) { call.cancel("by its caller"); });
}

}  // namespace cpp_lite::client
