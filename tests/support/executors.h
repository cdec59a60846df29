// Executors for tests: one that the test turns by hand, and one with a thread of its own.
#pragma once

#include <cpp_lite/executor.h>

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace cpp_lite::support {

// Nothing runs but inside turn(). It is current in there and nowhere else.
class ManualExecutor final : public Executor {
 public:
  void post(Task task) override { tasks_.push_back(std::move(task)); }
  bool is_current() const override { return turning_; }

  // Runs tasks until none is left; how many there were.
  std::size_t turn() {
    std::size_t count = 0;
    turning_ = true;
    for (; !tasks_.empty(); ++count) {
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      task();
    }
    turning_ = false;
    return count;
  }
  // Runs `work` as if it had been posted, with what was posted before, in the scope of this
  // executor.
  template <typename F>
  void run(std::shared_ptr<Executor> self, F work) {
    post([scope = Scope{std::move(self), nullptr}, work = std::move(work)]() mutable {
      const detail::ScopeGuard guard(&scope);
      work();
    });
    turn();
  }

 private:
  std::deque<Task> tasks_;
  bool turning_ = false;
};

// One thread that runs what is posted, until the object is destroyed; then what is left is run
// first. May be destroyed on its own thread.
class ThreadExecutor final : public Executor {
 public:
  ThreadExecutor() : thread_([queue = queue_] { queue->run(); }) {}
  ~ThreadExecutor() override {
    queue_->end();
    if (is_current()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }

  void post(Task task) override { queue_->push(std::move(task)); }
  bool is_current() const override { return std::this_thread::get_id() == thread_.get_id(); }

  // Waits until everything that was posted before has run.
  void settle() {
    std::mutex mutex;
    std::condition_variable wake;
    bool done = false;
    post([&] {
      const std::lock_guard lock(mutex);
      done = true;
      wake.notify_one();
    });
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return done; });
  }

 private:
  // Shared with the thread, which may be there longer.
  class Queue {
   public:
    void push(Task task) {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      wake_.notify_one();
    }
    void end() {
      const std::lock_guard lock(mutex_);
      ending_ = true;
      wake_.notify_one();
    }
    void run() {
      while (Task task = next()) task();
    }

   private:
    Task next() {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      if (tasks_.empty()) return Task();
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      return task;
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> tasks_;  // guarded by mutex_
    bool ending_ = false;     // guarded by mutex_
  };

  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::thread thread_;
};

}  // namespace cpp_lite::support
