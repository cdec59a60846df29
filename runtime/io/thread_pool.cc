#include "io/thread_pool.h"

#include <cpp_lite/block.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdint>
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
// As many threads are on their way at a time as are at work, or one: who submits wakes what is
// missing, and so does a thread that takes a task and leaves others there, before it begins. So a
// burst of short tasks is run by few threads, which find the next task without having slept, and
// tasks that block have twice as many threads each time that threads come, up to all.
//
// Threads are woken without the lock, as they may run at once, and want it.
class ThreadPool::State : public std::enable_shared_from_this<State> {
 public:
  State(std::size_t threads, std::size_t queue_limit)
      : threads_(threads), queue_limit_(queue_limit) {}

  // False, with the task untouched, when it was not taken.
  bool push(Task& task, bool may_refuse, Announce when) {
    std::unique_lock lock(mutex_);
    if (stopped_ || (may_refuse && queue_.size() >= queue_limit_)) return false;
    queue_.push_back(std::move(task));
    if (when == Announce::now) call_for_help(lock);
    return true;
  }

  void announce() {
    std::unique_lock lock(mutex_);
    call_for_help(lock);
  }

  // Until stop() and an empty queue.
  void run() {
    t_current = this;
    while (Task task = pop()) task();
  }

  // Whether other threads have begun something since this one's task began: so it takes its time.
  static bool others_began() {
    return t_current->begun_.load(std::memory_order_relaxed) != t_begun;
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
  // How many threads have to be woken, which count as being on their way from now on.
  std::size_t call_threads() {
    const std::size_t at_work = threads_ - sleeping_;
    const std::size_t wanted =
        std::min({std::max<std::size_t>(at_work, 1), queue_.size(), sleeping_});
    return wanted > coming_ ? wanted - std::exchange(coming_, wanted) : 0;
  }

  // Unlocks if it wakes threads. The task that they take may bring this object to its end.
  void call_for_help(std::unique_lock<std::mutex>& lock) {
    const std::size_t called = call_threads();
    if (called == 0) return;
    const std::shared_ptr<State> kept = shared_from_this();
    lock.unlock();
    wake(called);
  }

  void wake(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) changed_.notify_one();
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
    t_begun = begun_.load(std::memory_order_relaxed) + 1;
    begun_.store(t_begun, std::memory_order_relaxed);
    const std::size_t called = call_threads();
    if (!t_bells.empty()) leave_bells(lock);
    if (called == 0) return task;
    if (lock.owns_lock()) lock.unlock();
    wake(called);
    return task;
  }

  void sleep(std::unique_lock<std::mutex>& lock) {
    ++sleeping_;
    changed_.wait(lock);
    --sleeping_;
    if (coming_ > 0) --coming_;
    if (!bells_.empty()) ring(lock);
  }

  // The task that comes now may block. A thread that is on its way finds the bells; else they are
  // rung first.
  void leave_bells(std::unique_lock<std::mutex>& lock) {
    if (coming_ == 0) return ring(lock);
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
  static thread_local std::uint64_t t_begun;  // what begun_ was when this thread's task began

  const std::size_t threads_, queue_limit_;
  std::atomic<std::uint64_t> begun_ = 0;  // tasks; written under mutex_

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Task> queue_;
  std::size_t sleeping_ = 0;  // threads
  std::size_t coming_ = 0;    // of them: they were woken, and are not there yet
  Bells bells_;               // the first one rings them
  bool stopped_ = false;
};

thread_local const ThreadPool::State* ThreadPool::State::t_current = nullptr;
thread_local std::uint64_t ThreadPool::State::t_begun = 0;

ThreadPool::ThreadPool(std::size_t threads, std::size_t queue_limit)
    : state_(std::make_shared<State>(std::max<std::size_t>(threads, 1), queue_limit)) {
  for (std::size_t i = 0; i < std::max<std::size_t>(threads, 1); ++i) {
    threads_.push_back(detail::start_thread("cpp-lite work", [state = state_] {
      detail::keep_nothing_large();
      state->run();
    }));
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

bool ThreadPool::others_began() { return State::others_began(); }

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
  const bool lot = ThreadPool::others_began();
  if (auto bell = ours->post_quietly(std::move(task), lot)) t_bells.push_back(std::move(bell));
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
