#include "redis/pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <utility>

#include "base/thread.h"

namespace cpp_lite::redis {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMaxOperations = 128;  // of one exchange
constexpr std::size_t kPurgeAtOnce = 100;

// What a thread does in one turn.
struct Turn {
  Operations operations;
  std::unique_ptr<Errand> errand;
  bool purge = false;
  bool is_empty() const { return operations.empty() && errand == nullptr && !purge; }
};

}  // namespace

// By the pool and its threads.
class Pool::Shared {
 public:
  explicit Shared(PoolOptions options)
      : options(std::move(options)),
        clock(this->options.clocks, this->options.ahead),
        next_purge_(SteadyClock::now() + this->options.purge_interval) {}

  template <typename Queue, typename Item>
  bool push(Queue Shared::*queue, Item& item) {
    const std::lock_guard lock(mutex_);
    if (operations_.size() + errands_.size() >= options.max_waiting) return false;
    (this->*queue).push_back(std::move(item));
    changed_.notify_one();
    return true;
  }
  bool push(std::unique_ptr<Operation>& operation) { return push(&Shared::operations_, operation); }
  bool push(std::unique_ptr<Errand>& errand) { return push(&Shared::errands_, errand); }

  void stop() {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }

  // Waits for it. Empty: it is over.
  Turn take() {
    std::unique_lock lock(mutex_);
    const auto is_due = [this] { return stopping_ || !operations_.empty() || !errands_.empty(); };
    for (;;) {
      if (options.purge_interval.count() == 0) {
        changed_.wait(lock, is_due);
      } else {
        changed_.wait_until(lock, next_purge_, is_due);
      }
      Turn turn = take_what_is_due();
      if (stopping_ || !turn.is_empty()) return turn;
    }
  }
  void purge_again() {
    const std::lock_guard lock(mutex_);
    next_purge_ = SteadyClock::now();
  }

  // False: it is another store than the one that was found first.
  bool recognize(const Identity& found) {
    const std::lock_guard lock(mutex_);
    if (!known_) {
      known_ = found;
      identity.store(&*known_, std::memory_order_release);
    }
    return known_->id == found.id;
  }

  // Whoever drops the pool on one of its threads does not want to hear more.
  void silence() { silent_ = true; }
  void log(const std::string& line) const {
    if (options.log && !silent_) options.log(LogLevel::warning, line);
  }
  void tell_exchange(std::size_t operations) const {
    if (options.on_exchange && !silent_) options.on_exchange(operations);
  }

  const PoolOptions options;
  ServerClock clock;
  std::atomic<const Identity*> identity{nullptr};  // &*known_

 private:
  Turn take_what_is_due() {
    Turn turn;
    const std::size_t count = std::min(operations_.size(), kMaxOperations);
    const auto end = operations_.begin() + static_cast<std::ptrdiff_t>(count);
    turn.operations.assign(std::move_iterator(operations_.begin()), std::move_iterator(end));
    operations_.erase(operations_.begin(), end);
    if (!errands_.empty()) {
      turn.errand = std::move(errands_.front());
      errands_.pop_front();
    }
    turn.purge = is_purge_due();
    if (!operations_.empty() || !errands_.empty()) changed_.notify_one();
    return turn;
  }
  // When it says yes, it is the caller's to do.
  bool is_purge_due() {
    if (stopping_ || options.purge_interval.count() == 0) return false;
    if (SteadyClock::now() < next_purge_) return false;
    next_purge_ = SteadyClock::now() + options.purge_interval;
    return true;
  }

  std::atomic<bool> silent_ = false;
  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Operation>> operations_;
  std::deque<std::unique_ptr<Errand>> errands_;
  SteadyClock::time_point next_purge_;
  std::optional<Identity> known_;  // set once
  bool stopping_ = false;
};

// One thread with its connection.
class Pool::Worker {
 public:
  explicit Worker(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

  void run() {
    for (Turn turn = shared_->take(); !turn.is_empty(); turn = shared_->take()) {
      if (!turn.operations.empty()) run_operations(turn.operations);
      if (turn.errand != nullptr) run_errand(*turn.errand);
      if (turn.purge) run_purge();
    }
  }

 private:
  void run_operations(Operations& operations) {
    const std::size_t count = operations.size();
    const Status status = with_session(
        [&](Session& session) { return fetch_and_run(session, shared_->clock, operations); });
    for (const auto& operation : operations) {
      operation->fail(status);
    }
    if (status.ok()) shared_->tell_exchange(count);
  }

  void run_errand(Errand& errand) {
    const Status status = with_session([&](Session& session) { return errand.run(session); });
    if (!status.ok()) errand.fail(status);
  }

  void run_purge() {
    (void)with_session([this](Session& session) {
      const Result<std::size_t> purged = purge(session, shared_->clock, kPurgeAtOnce);
      if (purged.ok() && *purged == kPurgeAtOnce) shared_->purge_again();
      return purged.status();
    });
  }

  // An error of `work` says that nothing has been done: on a connection that had been idle it is
  // tried once more, with another one, because that may have been closed long ago.
  template <typename F>
  Status with_session(F work) {
    const bool fresh = session_ == nullptr;
    Status status = have_session();
    if (status.ok()) status = run_on_session(work);
    if (status.ok() || fresh || late_ || session_ != nullptr) return status;
    status = have_session();
    return status.ok() ? run_on_session(work) : status;
  }

  template <typename F>
  Status run_on_session(F& work) {
    Status status = work(*session_);
    late_ = session_->connection().is_late();
    if (session_->is_lost()) session_.reset();
    if (session_ == nullptr && !std::exchange(lost_, true)) log_loss(status);
    return status;
  }

  Status have_session() {
    if (session_ != nullptr) return {};
    const PoolOptions& options = shared_->options;
    if (!options.address.ok()) return options.address.status();
    auto session = Session::open(*options.address, options.prefix, options.timeout);
    if (!session.ok()) {
      if (!std::exchange(lost_, true)) log_loss(session.status());
      return session.status();
    }
    if (!shared_->recognize((*session)->identity())) {
      return (*session)->connection().failure(
          "it has forgotten the store, or is another one: what was executed is not known any more; "
          "start the server again");
    }
    session_ = *std::move(session);
    if (std::exchange(lost_, false)) {
      shared_->log("redis: " + options.address->text + ": connected again");
    }
    return {};
  }

  void log_loss(const Status& why) {
    shared_->log(why.ok() ? "redis: " + shared_->options.address->text + ": the connection was lost"
                          : why.message());
  }

  const std::shared_ptr<Shared> shared_;
  std::unique_ptr<Session> session_;
  bool late_ = false;  // the last session was lost because the server took too long
  bool lost_ = false;  // and that was logged
};

Pool::Pool(PoolOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {
  const std::size_t count = std::max<std::size_t>(shared_->options.connections, 1);
  for (std::size_t i = 0; i < count; ++i) {
    threads_.push_back(
        detail::start_thread("cpp-lite redis", [shared = shared_] { Worker(shared).run(); }));
  }
}

Pool::~Pool() {
  const auto is_this = [](const std::thread& thread) {
    return thread.get_id() == std::this_thread::get_id();
  };
  if (std::any_of(threads_.begin(), threads_.end(), is_this)) shared_->silence();
  shared_->stop();
  for (std::thread& thread : threads_) is_this(thread) ? thread.detach() : thread.join();
}

void Pool::submit(std::unique_ptr<Operation> operation) {
  if (shared_->push(operation)) return;
  operation->fail({Code::unavailable, "redis: too many operations wait for the server"});
}

void Pool::submit(std::unique_ptr<Errand> errand) {
  if (shared_->push(errand)) return;
  errand->fail({Code::unavailable, "redis: too many operations wait for the server"});
}

ServerClock& Pool::clock() { return shared_->clock; }

const Identity* Pool::identity() const { return shared_->identity.load(std::memory_order_acquire); }

}  // namespace cpp_lite::redis
