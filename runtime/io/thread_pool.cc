#include "io/thread_pool.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/thread.h"
#include "io/loop_asio.h"
#include "io/running.h"

namespace cpp_lite::io {
namespace {

// So many tasks of one strand run before other work of the pool has its turn.
constexpr int kStrandTurn = 16;

// Of loops to wake for what the tasks of this thread have posted.
using Bells = std::vector<std::shared_ptr<Bell>>;
thread_local Bells t_bells;

void ring_all(const Bells& bells) {
  for (const std::shared_ptr<Bell>& bell : bells) bell->ring();
}

}  // namespace

// Held by the pool and by its threads, which may outlive it by what they are doing.
//
// Threads are woken one after the other: who submits wakes one if none is on its way, and a thread
// that takes a task and leaves others there wakes the next one before it begins. So a burst of
// short tasks is run by few threads, which find the next task without having slept, and tasks that
// block have as many threads as there are.
class ThreadPool::State {
 public:
  explicit State(std::size_t queue_limit) : queue_limit_(queue_limit) {}

  // False, with the task untouched, when it was not taken.
  bool push(Task& task, bool may_refuse, Announce when) {
    const std::lock_guard lock(mutex_);
    if (stopped_ || (may_refuse && queue_.size() >= queue_limit_)) return false;
    queue_.push_back(std::move(task));
    // Under the lock, as the task may bring this object to its end.
    if (when == Announce::now) call_for_help();
    return true;
  }

  void announce() {
    const std::lock_guard lock(mutex_);
    call_for_help();
  }

  // Until stop() and an empty queue.
  void run() {
    t_current = this;
    while (Task task = pop()) task();
  }

  bool on_own_thread() const { return t_current == this; }
  static bool on_any() { return t_current != nullptr; }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
  }

 private:
  // With the lock: one more thread, if there is work for it and none is on its way.
  void call_for_help() {
    if (queue_.empty() || sleeping_ == 0 || std::exchange(coming_, true)) return;
    changed_.notify_one();
  }

  Task pop() {
    std::unique_lock lock(mutex_);
    while (queue_.empty()) {
      if (!t_bells.empty() || !bells_.empty()) {
        ring(lock);
      } else if (stopped_) {
        return Task();
      } else {
        sleep(lock);
      }
    }
    Task task = std::move(queue_.front());
    queue_.pop_front();
    call_for_help();
    if (!t_bells.empty()) leave_bells(lock);
    return task;
  }

  void sleep(std::unique_lock<std::mutex>& lock) {
    ++sleeping_;
    changed_.wait(lock);
    --sleeping_;
    coming_ = false;
    if (!bells_.empty()) ring(lock);
  }

  // The task that comes now may block. A thread that is on its way finds the bells; else they are
  // rung first.
  void leave_bells(std::unique_lock<std::mutex>& lock) {
    if (!coming_) return ring(lock);
    std::move(t_bells.begin(), t_bells.end(), std::back_inserter(bells_));
    t_bells.clear();
  }

  void ring(std::unique_lock<std::mutex>& lock) {
    std::move(bells_.begin(), bells_.end(), std::back_inserter(t_bells));
    bells_.clear();
    lock.unlock();
    ring_all(t_bells);
    t_bells.clear();
    lock.lock();
  }

  static thread_local const State* t_current;

  const std::size_t queue_limit_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  std::size_t sleeping_ = 0;  // threads
  bool coming_ = false;       // one of them was woken, and is not there yet
  Bells bells_;               // it rings them
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

bool ThreadPool::try_submit(Task task, Announce when) { return state_->push(task, true, when); }

bool ThreadPool::enqueue(Task& task) { return state_->push(task, false, Announce::now); }

void ThreadPool::announce() { state_->announce(); }

bool ThreadPool::on_any() { return State::on_any(); }

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

void post_last(Loop& loop, Task task) {
  AsioLoop* const ours = ThreadPool::on_any() ? AsioLoop::of(loop) : nullptr;
  if (ours == nullptr) return loop.post(std::move(task));
  if (auto bell = ours->post_quietly(std::move(task))) t_bells.push_back(std::move(bell));
}

namespace {

// Either idle, or active: a run() of it is queued in the pool or under way, and only one.
class PoolStrand final : public Strand, public std::enable_shared_from_this<PoolStrand> {
 public:
  explicit PoolStrand(std::shared_ptr<ThreadPool> pool) : pool_(std::move(pool)) {
    tasks_.reserve(2);  // how a call begins
  }

  void post(Task task) override {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      if (std::exchange(active_, true)) return;
    }
    if (!schedule()) run();
  }

  bool try_post(Task task, Announce when) override {
    const std::lock_guard lock(mutex_);
    if (!active_ && !pool_->try_submit([self = shared_from_this()] { self->run(); }, when)) {
      return false;
    }
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
        if (!t_bells.empty()) ring_all(std::exchange(t_bells, {}));  // `task` may block
        task();
      }
    } while (!schedule());
  }

  // Empty, and the strand idle, when there is none.
  Task next() {
    const std::lock_guard lock(mutex_);
    active_ = done_ < tasks_.size();
    if (!active_) {
      tasks_.clear();
      done_ = 0;
      return Task();
    }
    return std::move(tasks_[done_++]);
  }

  const std::shared_ptr<ThreadPool> pool_;
  std::mutex mutex_;
  std::vector<Task, detail::BlockAllocator<Task>> tasks_;
  std::size_t done_ = 0;  // of them
  bool active_ = false;
};

}  // namespace

std::shared_ptr<Strand> make_strand(std::shared_ptr<ThreadPool> pool) {
  return std::allocate_shared<PoolStrand>(detail::BlockAllocator<PoolStrand>(), std::move(pool));
}

}  // namespace cpp_lite::io
