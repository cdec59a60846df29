#include "policy/late_stream.h"

#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace cpp_lite::policy {
namespace {

// Held by the stream, by what is awaited, and by operations. Thread-safe.
class LateState final {
 public:
  // A write, or the end of writing: done when the stream has begun, whether or not somebody waits.
  struct Write {
    std::optional<Bytes> message;  // empty: no more of them
    detail::Promise<bool> done = detail::Promise<bool>();
  };

  Future<bool> write(Write write) {
    {
      const std::lock_guard lock(mutex_);
      if (!begun_) {
        Future<bool> result = write.done.future();
        writes_.push_back(std::move(write));
        return result;
      }
    }
    return hand_on(write);
  }

  // Yields when stream() may be used.
  Future<void> beginning() {
    const std::lock_guard lock(mutex_);
    if (begun_) return ready_future();
    return waiting_.emplace_back().future();
  }
  RawStream& stream() { return *stream_; }
  bool has_stream() const {
    const std::lock_guard lock(mutex_);
    return stream_ != nullptr;
  }

  // Once; later ones change nothing.
  void begin(std::unique_ptr<RawStream> stream) {
    std::unique_lock lock(mutex_);
    if (stream_ != nullptr) return;
    stream_ = std::move(stream);
    // In the order in which they came, also those that come meanwhile.
    while (!writes_.empty()) {
      std::vector<Write> writes = std::exchange(writes_, {});
      lock.unlock();
      for (Write& write : writes) pass_on(write);
      lock.lock();
    }
    begun_ = true;
    std::vector<detail::Promise<void>> waiting = std::move(waiting_);
    lock.unlock();
    for (detail::Promise<void>& one : waiting) one.set();
  }

  void cancel() {
    if (has_stream()) return stream_->cancel();
    begin(ended_stream(Status(Code::cancelled, "cancelled before it began")));
  }

 private:
  Future<bool> hand_on(Write& write) {
    return write.message ? stream_->write(std::move(*write.message)) : stream_->close_writes();
  }
  void pass_on(Write& write) {
    detail::when_ready(
        hand_on(write),
        [done = std::move(write.done)](Future<bool> written) mutable { done.set(written.take()); });
  }

  mutable std::mutex mutex_;
  // Guarded by mutex_; stream_ does not change once it is there.
  std::unique_ptr<RawStream> stream_;
  bool begun_ = false;  // there is a stream, and no write waits for it
  std::vector<Write> writes_;
  std::vector<detail::Promise<void>> waiting_;
};

using State = std::shared_ptr<LateState>;

// By value, because the frames may outlive whoever called. Dropping them gives up what they do.
Future<std::optional<Bytes>> read_late(State state) {
  co_await state->beginning();
  co_return co_await state->stream().read();
}
Future<Metadata> headers_late(State state) {
  co_await state->beginning();
  co_return co_await state->stream().headers();
}
Future<RawReply> finish_late(State state) {
  co_await state->beginning();
  co_return co_await state->stream().finish();
}
Future<void> begin_late(Future<Result<std::string>> awaited, BeginStream begin, State state) {
  Result<std::string> given = co_await std::move(awaited);
  if (!state->has_stream()) state->begin(begin(std::move(given)));
}

class LateStream final : public RawStream {
 public:
  LateStream(State state, Future<void> beginning)
      : state_(std::move(state)), beginning_(std::move(beginning)) {}
  ~LateStream() override {
    beginning_ = Future<void>();
    state_->cancel();
  }

  Future<bool> write(Bytes message) override {
    return state_->write({.message = std::move(message)});
  }
  Future<bool> close_writes() override { return state_->write({.message = std::nullopt}); }
  Future<std::optional<Bytes>> read() override { return read_late(state_); }
  Future<Metadata> headers() override { return headers_late(state_); }
  Future<RawReply> finish() override { return finish_late(state_); }
  void cancel() override { state_->cancel(); }

 private:
  const State state_;
  Future<void> beginning_;
};

}  // namespace

std::unique_ptr<RawStream> late_stream(Future<Result<std::string>> awaited, BeginStream begin) {
  auto state = std::make_shared<LateState>();
  Future<void> beginning = begin_late(std::move(awaited), std::move(begin), state);
  return std::make_unique<LateStream>(std::move(state), std::move(beginning));
}

}  // namespace cpp_lite::policy
