// One operation of a user's that may be pending: the producing end of its Future.
#pragma once

#include <cpp_lite/future.h>

#include <optional>
#include <utility>

namespace cpp_lite::client {

// Belongs to a loop. Completing runs the user's code, which may do anything to the owner of the
// slot; by then the slot is free again.
template <typename T>
class Slot {
 public:
  // Somebody waits for it. A Future that was dropped does not count.
  bool pending() const { return promise_.has_value() && promise_->wanted(); }
  // Precondition: !pending().
  void arm(detail::Promise<T> promise) {
    if (promise_) take().set(T());  // nobody hears it
    promise_.emplace(std::move(promise));
  }

  // Precondition of all: pending(), a moment ago.
  void set(T value) { take().set(std::move(value)); }
  // Gives the value back when the Future was dropped meanwhile.
  std::optional<T> offer(T&& value) { return take().offer(std::move(value)); }
  // Somebody else will complete it.
  detail::Promise<T> take() {
    detail::Promise<T> promise = std::move(*promise_);
    promise_.reset();
    return promise;
  }

 private:
  std::optional<detail::Promise<T>> promise_;
};

}  // namespace cpp_lite::client
