// What tests of coroutines watch: whether a frame is alive, and a promise whose end is seen.
#pragma once

#include <cpp_lite/future.h>

#include <atomic>
#include <memory>

namespace cpp_lite {

// Counts the frames that hold a Tracer. Thread-safe.
class Frames {
 public:
  class Tracer {
   public:
    explicit Tracer(Frames& frames) : frames_(&frames) { ++frames_->alive_; }
    Tracer(const Tracer&) = delete;
    ~Tracer() { --frames_->alive_; }

   private:
    Frames* frames_;
  };
  int alive() const { return alive_; }

 private:
  std::atomic<int> alive_{0};
};

// A Promise, its Future, and whether that was dropped.
template <typename T>
struct Leaf {
  explicit Leaf(std::shared_ptr<Executor> home = nullptr) : promise(std::move(home)) {
    promise.on_drop([dropped = dropped] { *dropped = true; });
    future = promise.future();
  }

  std::shared_ptr<std::atomic<bool>> dropped = std::make_shared<std::atomic<bool>>(false);
  detail::Promise<T> promise;
  Future<T> future;
};

// A coroutine that waits once.
template <typename T>
Future<T> waits(Frames& frames, Future<T> future) {
  const Frames::Tracer tracer(frames);
  co_return co_await std::move(future);
}

}  // namespace cpp_lite
