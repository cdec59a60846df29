#include "client/stream.h"

#include <utility>

namespace cpp_lite::client {

template <typename C>
template <typename F>
void StreamOf<C>::on_loop(F operation) {
  if (call_->loop()->is_current()) return operation(*call_);
  call_->loop()->post(
      [call = call_, operation = std::move(operation)]() mutable { operation(*call); });
}

template <typename C>
template <typename T, typename F>
Future<T> StreamOf<C>::pending(F operation) {
  detail::Promise<T> promise(call_->loop());
  Future<T> future = promise.future();
  on_loop([operation = std::move(operation), promise = std::move(promise)](C& call) mutable {
    operation(call, std::move(promise));
  });
  return future;
}

template <typename C>
StreamOf<C>::~StreamOf() {
  on_loop([](C& call) { call.cancel("its stream was dropped"); });
}

template <typename C>
Future<bool> StreamOf<C>::write(Bytes message) {
  if (!call_->loop()->is_current()) {
    return pending<bool>(
        [message = std::move(message)](C& call, detail::Promise<bool> done) mutable {
          call.write(std::move(message), std::move(done));
        });
  }
  if (const std::optional<bool> now = call_->try_write(std::move(message))) return *now;
  return pending<bool>(
      [](C& call, detail::Promise<bool> done) { call.wait_for_room(std::move(done)); });
}

template <typename C>
Future<bool> StreamOf<C>::close_writes() {
  if (call_->loop()->is_current()) return call_->close_writes();
  return pending<bool>([](C& call, detail::Promise<bool> done) { done.set(call.close_writes()); });
}

template <typename C>
Future<std::optional<Bytes>> StreamOf<C>::read() {
  if (call_->loop()->is_current()) {
    if (std::optional<std::optional<Bytes>> now = call_->try_read()) return std::move(*now);
  }
  return pending<std::optional<Bytes>>(
      [](C& call, detail::Promise<std::optional<Bytes>> next) { call.read(std::move(next)); });
}

template <typename C>
Future<Metadata> StreamOf<C>::headers() {
  return pending<Metadata>(
      [](C& call, detail::Promise<Metadata> headers) { call.headers(std::move(headers)); });
}

template <typename C>
Future<RawReply> StreamOf<C>::finish() {
  return pending<RawReply>(
      [](C& call, detail::Promise<RawReply> reply) { call.finish(std::move(reply)); });
}

template <typename C>
void StreamOf<C>::cancel() {
  on_loop([](C& call) { call.cancel("by its caller"); });
}

template class StreamOf<ClientCall>;
template class StreamOf<HedgedCall>;

}  // namespace cpp_lite::client
