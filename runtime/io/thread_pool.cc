#include "io/thread_pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "io/running.h"

namespace cpp_lite::io {
namespace {

// So many tasks of one strand run before other work of the pool has its turn.
constexpr int kStrandTurn = 16;

}  // namespace

// Held by the pool and by its threads, which may outlive it by what they are doing.
class ThreadPool::State {
 public:
  explicit State(std::size_t queue_limit) : queue_limit_(queue_limit) {}

  // False, with the task untouched, when it was not taken.
  bool push(Task& task, bool may_refuse) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || (may_refuse && queue_.size() >= queue_limit_)) return false;
    queue_.push_back(std::move(task));
    changed_.notify_one();  // under the lock, as the task may bring this object to its end
    return true;
  }

  // Until stop() and an empty queue.
  void run() {
    t_current = this;
    while (Task task = pop()) task();
  }

  bool on_own_thread() const { return t_current == this; }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }

 private:
  Task pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || !queue_.empty(); });
    if (queue_.empty()) return Task();
    Task task = std::move(queue_.front());
    queue_.pop_front();
    return task;
  }

  static thread_local const State* t_current;

  const std::size_t queue_limit_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  bool stopped_ = false;
};

thread_local const ThreadPool::State* ThreadPool::State::t_current = nullptr;

ThreadPool::ThreadPool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_shared<State>(queue_limit)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    threads_.push_back(detail::start_thread("cpp-lite work", [state = state_] { state->run(); }));
  }
}

ThreadPool::~ThreadPool() {
  stop();
  for (std::thread& thread : threads_) thread.detach();  // left there by stop() on an own thread
}

bool ThreadPool::try_submit(Task task) { return state_->push(task, true); }

bool ThreadPool::enqueue(Task& task) { return state_->push(task, false); }

void ThreadPool::submit(Task task) {
  if (!enqueue(task)) task();
}

void ThreadPool::stop() {
  state_->stop();
  if (state_->on_own_thread()) return;
  const std::lock_guard lock(joining_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

namespace {

// Either idle, or active: a run() of it is queued in the pool or under way, and only one.
class PoolStrand final : public Strand, public std::enable_shared_from_this<PoolStrand> {
 public:
  explicit PoolStrand(std::shared_ptr<ThreadPool> pool) : pool_(std::move(pool)) {}

  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      if (std::exchange(active_, true)) return;
    }
    if (!schedule()) run();
  }

  bool try_post(Task task) override {
    const std::lock_guard lock(mutex_);
    if (!active_ && !pool_->try_submit([self = shared_from_this()] { self->run(); })) return false;
    active_ = true;
    tasks_.push_back(std::move(task));
    return true;
  }

  bool is_current() const override { return Running::is(this); }

 private:
  // False when the pool has stopped.
  bool schedule() {
    Task task([self = shared_from_this()] { self->run(); });
    return pool_->enqueue(task);
  }

  void run() {
    const Running running(this);
    const Scope none;  // after the pool's end this runs inside somebody's post()
    const detail::ScopeGuard scope(&none);
    do {
      for (int i = 0; i < kStrandTurn; ++i) {
        Task task = next();
        if (!task) return;
        task();
      }
    } while (!schedule());
  }

  // Empty, and the strand idle, when there is none.
  Task next() {
    const std::lock_guard lock(mutex_);
    active_ = !tasks_.empty();
    if (!active_) return Task();
    Task task = std::move(tasks_.front());
    tasks_.pop_front();
    return task;
  }

  const std::shared_ptr<ThreadPool> pool_;
  std::mutex mutex_;
  std::deque<Task> tasks_;
  bool active_ = false;
};

}  // namespace

std::shared_ptr<Strand> make_strand(std::shared_ptr<ThreadPool> pool) {
  return std::make_shared<PoolStrand>(std::move(pool));
}

}  // namespace cpp_lite::io
