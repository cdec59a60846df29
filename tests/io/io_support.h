// What the tests of io/ share: a clock moved by hand, waiting with a limit, a listener that takes
// notes.
#pragma once

#include <cpp_lite/loop.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "h2/transport.h"

namespace cpp_lite::io {

// How long a test waits for what must happen before it fails. Nothing ever takes so long.
inline constexpr std::chrono::seconds kLimit{30};

class HandClock final : public Clock {
 public:
  SteadyTime now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }
  void advance(std::chrono::nanoseconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    for (ClockWatcher* watcher : watchers_) watcher->on_time_changed();
  }
  void watch(ClockWatcher& watcher) override {
    const std::lock_guard lock(mutex_);
    watchers_.push_back(&watcher);
  }
  void unwatch(ClockWatcher& watcher) override {
    const std::lock_guard lock(mutex_);
    std::erase(watchers_, &watcher);
  }

 private:
  mutable std::mutex mutex_;
  SteadyTime now_{std::chrono::hours(1)};
  std::vector<ClockWatcher*> watchers_;
};

// Turns a loop until something is true, or the limit is reached.
inline bool turn_until(Loop& loop, const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + kLimit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    if (loop.poll() == 0) std::this_thread::yield();
  }
  return true;
}

inline void turn_until_idle(Loop& loop) {
  while (loop.poll() != 0) {
  }
}

// Something that happens once, on another thread.
class Event {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();  // under the lock, so that the waiter may destroy this
  }
  // False when it does not happen.
  bool wait() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLimit, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

// Runs a function on the loop's own thread and waits for its end.
inline void run_on(Loop& loop, const std::function<void()>& function) {
  Event done;
  loop.post([&] {
    function();
    done.set();
  });
  ASSERT_TRUE(done.wait());
}

inline std::vector<std::uint8_t> bytes_of(std::string_view text) {
  return {text.begin(), text.end()};
}

// Writes down what its transport tells it.
struct Notes final : h2::Transport::Listener {
  std::string received;
  std::size_t pieces = 0;
  std::size_t writes_done = 0;
  std::vector<std::uint8_t> buffer;
  std::string closed;  // the reason, once closed
  std::function<void()> at_bytes = [] {};
  std::function<void()> at_written = [] {};

  void on_bytes(std::span<const std::uint8_t> bytes) override {
    received.append(bytes.begin(), bytes.end());
    ++pieces;
    at_bytes();
  }
  void on_written(std::vector<std::uint8_t> used) override {
    ++writes_done;
    buffer = std::move(used);
    at_written();
  }
  void on_closed(std::string reason) override {
    EXPECT_EQ(closed, "");
    closed = std::move(reason);
  }
};

// A directory of the test's own, for sockets.
class TempDir {
 public:
  TempDir() {
    std::string path = (std::filesystem::temp_directory_path() / "cpp_lite_io_XXXXXX").string();
    EXPECT_NE(::mkdtemp(path.data()), nullptr);
    path_ = path;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace cpp_lite::io
