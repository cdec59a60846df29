// What happens to one user, in the order in which it happens, for one watcher. Thread-safe.
#pragma once

#include <cpp_lite/event.h>
#include <cpp_lite/status.h>

#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "users/v1/users.pb.h"

namespace users {

class Watch {
 public:
  struct News {
    std::vector<v1::User> states;         // since the last take()
    std::optional<cpp_lite::Status> end;  // after them comes nothing more: OK when it was deleted
    cpp_lite::Future<void> change;        // valid when there is neither
  };
  News take();

  // For the store: add() under its lock, so that the order is right, and notify() without it.
  void add(const v1::User& state);
  void end(cpp_lite::Status why);
  void notify() { changed_.notify_all(); }

 private:
  // A watcher that stays behind this far is cut off, so that it costs no more memory.
  static constexpr std::size_t kMostWaiting = 1000;

  cpp_lite::Event changed_;
  std::mutex mutex_;
  std::vector<v1::User> waiting_;        // guarded by mutex_
  std::optional<cpp_lite::Status> end_;  // guarded by mutex_
};

}  // namespace users
