#include "postgres/pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "base/thread.h"

namespace cpp_lite::postgres {

class Pool::State final : public Lease::Owner, public std::enable_shared_from_this<State> {
 public:
  State(std::shared_ptr<Context> context, std::size_t connections)
      : context_(std::move(context)), most_(connections) {}

  bool push(std::unique_ptr<Job>& job) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= context_->options().max_waiting) return false;
    waiting_.push_back(std::move(job));
    wake();
    return true;
  }
  void push(std::unique_ptr<Job> job, Lease lease) {
    const std::lock_guard lock(mutex_);
    ready_.push_back({std::move(job), std::move(lease)});
    wake();
  }

  void take_back(std::unique_ptr<Connection> connection) override {
    const bool usable = connection->rollback() && connection->idle();
    if (!usable) connection.reset();
    const std::lock_guard lock(mutex_);
    usable ? idle_.push_back(std::move(connection)) : static_cast<void>(--open_);
    changed_.notify_one();
  }

  void stop() {
    std::vector<std::thread> threads;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      threads.swap(threads_);
      changed_.notify_all();
    }
    for (std::thread& thread : threads) {
      thread.get_id() == std::this_thread::get_id() ? thread.detach() : thread.join();
    }
  }

 private:
  struct Ready {
    std::unique_ptr<Job> job;
    Lease lease;
  };

  // Under the mutex: somebody has to come.
  void wake() {
    if (!stopping_ && idle_threads_ == 0 && threads_.size() < most_) {
      threads_.push_back(
          detail::start_thread("cpp-lite pgsql", [self = shared_from_this()] { self->run(); }));
    }
    changed_.notify_one();
  }

  bool is_runnable() const {
    return !ready_.empty() || (!waiting_.empty() && (!idle_.empty() || open_ < most_));
  }

  // A thread, until stop() and nothing to do.
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_threads_;
      changed_.wait(lock, [this] {
        return is_runnable() || (stopping_ && ready_.empty() && waiting_.empty());
      });
      --idle_threads_;
      if (!is_runnable()) break;
      Ready next = take();
      // Another one may have to come for what is left: this one is busy now.
      if (is_runnable()) wake();
      lock.unlock();
      run_job(std::move(next));
      lock.lock();
    }
    changed_.notify_all();
  }

  // Under the mutex, if is_runnable(). Without a lease: to be connected.
  Ready take() {
    if (!ready_.empty()) {
      Ready next = std::move(ready_.front());
      ready_.pop_front();
      return next;
    }
    Ready next{std::move(waiting_.front()), {}};
    waiting_.pop_front();
    if (idle_.empty()) {
      ++open_;
    } else {
      next.lease = Lease(shared_from_this(), std::move(idle_.back()));
      idle_.pop_back();
    }
    return next;
  }

  void run_job(Ready next) {
    // It may have died while nobody looked.
    if (next.lease && next.lease->state() == PQTRANS_IDLE && !next.lease->idle()) {
      next.lease.end();
      const std::lock_guard lock(mutex_);
      ++open_;
    }
    if (!next.lease) {
      auto connection = context_->connect();
      if (!connection.ok()) {
        {
          const std::lock_guard lock(mutex_);
          --open_;
        }
        changed_.notify_one();
        return next.job->fail(connection.status());
      }
      next.lease = Lease(shared_from_this(), *std::move(connection));
    }
    next.job->run(std::move(next.lease));
  }

  const std::shared_ptr<Context> context_;
  const std::size_t most_;

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> waiting_;
  std::deque<Ready> ready_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::size_t open_ = 0;  // those in idle_, in leases and being made
  std::vector<std::thread> threads_;
  std::size_t idle_threads_ = 0;
  bool stopping_ = false;
};

Pool::Pool(std::shared_ptr<Context> context, std::size_t connections)
    : state_(std::make_shared<State>(std::move(context), connections)) {}

Pool::~Pool() { state_->stop(); }

void Pool::submit(std::unique_ptr<Job> job) {
  if (state_->push(job)) return;
  job->fail({Code::unavailable, "postgresql: too many operations wait for the database"});
}

void Pool::submit(std::unique_ptr<Job> job, Lease lease) {
  state_->push(std::move(job), std::move(lease));
}

}  // namespace cpp_lite::postgres
