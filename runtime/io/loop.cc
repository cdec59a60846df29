#include <cpp_lite/future_state.h>
#include <cpp_lite/loop.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <memory>
#include <utility>

#include "base/thread.h"
#include "io/loop_asio.h"
#include "io/running.h"

namespace cpp_lite {

std::shared_ptr<Loop> Loop::create(LoopOptions options) {
  auto* loop = new io::AsioLoop(options);  // owned by the next line
  std::shared_ptr<Loop> handle(loop,
                               [](Loop* last) { static_cast<io::AsioLoop*>(last)->release(); });
  if (options.thread) loop->start_thread();
  return handle;
}

namespace io {
namespace {

// So many generations of tasks that post tasks run before the sockets have their turn again.
constexpr int kGenerations = 16;
// And so many events of sockets may come before the tasks have theirs.
constexpr std::size_t kEvents = 64;
// And so many of the lots in which handler threads post (see post_last()): answers leave before all
// are ready, and what their clients send next is read meanwhile.
constexpr std::size_t kLots = 4;
// More of them where there were more events, and one in so many of those that wait: neither sockets
// nor a long queue hold answers up.
constexpr std::size_t kQueuedLots = 16;

thread_local int t_turning = 0;

Clock& clock_of(const LoopOptions& options) {
  return options.clock != nullptr ? *options.clock : system_steady_clock();
}

}  // namespace

NoBlocking::NoBlocking() {
  if (t_turning++ == 0) detail::set_loop_thread(true);
}
NoBlocking::~NoBlocking() {
  if (--t_turning == 0) detail::set_loop_thread(false);
}
bool NoBlocking::here() { return t_turning > 0; }

AsioLoop::AsioLoop(const LoopOptions& options)
    : clock_(clock_of(options)),
      real_time_(&clock_ == &system_steady_clock()),
      busy_poll_(options.busy_poll),
      context_(1),  // turned by one thread
      work_(context_.get_executor()),
      alarm_(context_) {
  if (!real_time_) clock_.watch(*this);
}

AsioLoop::~AsioLoop() {
  bell_->loop_is_gone();
  if (!real_time_) clock_.unwatch(*this);
}

void AsioLoop::start_thread() {
  thread_ = detail::start_thread("cpp-lite loop", [this] { thread_main(); });
}

void AsioLoop::thread_main() {
  while (!stop_asked_.load()) {
    turn(true);
    if (lendable_.load(std::memory_order_relaxed) && worth_lending()) lend();
  }
  if (finish()) dispose();
}

// --- Posting
// ---------------------------------------------------------------------------------------

void AsioLoop::post(Task task) { (void)put(std::move(task), News::told, false); }

std::shared_ptr<Bell> AsioLoop::post_quietly(Task task, bool begins_lot) {
  return put(std::move(task), News::quiet, begins_lot);
}

std::shared_ptr<Bell> AsioLoop::put(Task task, News news, bool begins_lot) {
  if (is_current()) {
    ready_.push_back(std::move(task));
    return nullptr;
  }
  {
    const std::lock_guard lock(mutex_);
    remote_.add(std::move(task), begins_lot);
    if (!ended_) return tell(news);
    if (std::exchange(turned_, true)) return nullptr;
  }
  if (drain()) dispose();
  return nullptr;
}

// In the order opposite to next_event()'s: one of both sees what the other has done. Under the
// lock, as the loop may be gone once it has taken what is there.
std::shared_ptr<Bell> AsioLoop::tell(News news) {
  News before = News::none;
  if (news == News::told) {
    if (news_.exchange(News::told) != News::told && asleep_.load()) wake();
  } else if (news_.compare_exchange_strong(before, News::quiet) && asleep_.load()) {
    return bell_;
  }
  return nullptr;
}

void AsioLoop::announce() {
  News quiet = News::quiet;
  if (news_.compare_exchange_strong(quiet, News::told) && asleep_.load()) wake();
}

void Bell::ring() {
  const std::lock_guard lock(mutex_);
  if (loop_ != nullptr) loop_->announce();
}

void Bell::loop_is_gone() {
  const std::lock_guard lock(mutex_);
  loop_ = nullptr;
}

bool AsioLoop::is_current() const { return Running::is(this); }

void AsioLoop::wake() {
  if (reclaim()) return;
  asio::post(context_, [this] { ++chores_; });
}

// As much as there is room for.
void AsioLoop::take_remote() {
  left_.take(ready_, room_);
  if (!left_.empty() || news_.load(std::memory_order_acquire) == News::none) return;
  {
    const std::lock_guard lock(mutex_);
    news_.store(News::none, std::memory_order_relaxed);
    std::swap(left_, remote_);
  }
  left_.take(ready_, room_);
}

void AsioLoop::take_all_remote() {
  room_ = std::numeric_limits<std::size_t>::max();
  take_remote();
}

// --- Turning
// ---------------------------------------------------------------------------------------

void AsioLoop::run() {
  if (thread_.joinable()) std::abort();  // a loop with a thread of its own turns itself
  while (!stop_asked_.load()) turn(true);
  if (finish()) dispose();
}

std::size_t AsioLoop::poll() {
  if (thread_.joinable()) std::abort();
  const std::size_t count = finished_ ? 0 : turn(false);
  if (stop_asked_.load() && finish()) dispose();
  return count;
}

// One wake-up: something of the reactor's, then the tasks and the timers that it led to.
std::size_t AsioLoop::turn(bool may_wait) {
  const Running running(this);
  const NoBlocking no_blocking;
  room_ = kLots + left_.lots() / kQueuedLots;
  take_remote();
  chores_ = 0;
  std::size_t events = 0;
  if (may_wait && ready_.empty()) {
    events = next_event();
  } else {
    while (events < kEvents && context_.poll_one() == 1) ++events;
  }
  room_ += events - chores_;
  take_remote();
  if (!may_wait) alarm_rang_ = true;  // looks at the timers even if the alarm had no time to ring
  return events - chores_ + run_tasks() + expire_timers();
}

// Waits for an event, or for a post from another thread. Not more than one: what else the reactor
// has got ready is there for the next turn, which does not wait then, whereas asking for more would
// cost a system call when there is nothing.
std::size_t AsioLoop::next_event() {
  if (const std::size_t events = look_for_event(); events > 0) return events;
  asleep_.store(true);
  const std::size_t events = has_news() ? context_.poll_one() : context_.run_one();
  asleep_.store(false, std::memory_order_relaxed);
  return events;
}

// Without sleeping, for as long as the options say.
std::size_t AsioLoop::look_for_event() {
  if (busy_poll_ <= std::chrono::nanoseconds::zero()) return 0;
  const auto until = std::chrono::steady_clock::now() + busy_poll_;
  do {
    if (const std::size_t events = context_.poll_one(); events > 0) return events;
  } while (!has_news() && std::chrono::steady_clock::now() < until);
  return 0;
}

// The reactor gives the posted event its turn behind those that are ready, and looks for others
// before it.
void AsioLoop::look_soon(std::shared_ptr<Looker> looker) {
  lookers_.push_back(std::move(looker));
  if (lookers_.size() == 1) asio::post(context_, [this] { let_look(); });
}

void AsioLoop::let_look() {
  bool found = false;
  looking_.swap(lookers_);
  for (const std::shared_ptr<Looker>& looker : looking_) found |= looker->look();
  looking_.clear();
  if (!found) ++chores_;
}

std::size_t AsioLoop::run_tasks() noexcept {
  std::size_t count = 0;
  for (int generation = 0; generation < kGenerations && !ready_.empty(); ++generation) {
    batch_.swap(ready_);
    for (Task& task : batch_) {
      task();
      task.reset();  // before the next one: what it holds may be what the next one waits for
    }
    count += batch_.size();
    batch_.clear();
  }
  return count;
}

// --- Timers
// ----------------------------------------------------------------------------------------

void AsioLoop::start_timer(Timer& timer) {
  if (finished_) return;  // never comes
  timers_.add(timer);
  program_alarm();
}

void AsioLoop::stop_timer(Timer& timer) { timers_.remove(timer); }

std::size_t AsioLoop::expire_timers() {
  const bool look =
      std::exchange(alarm_rang_, false) || time_changed_.exchange(false, std::memory_order_acquire);
  if (!look || timers_.empty()) return 0;
  const std::size_t count = timers_.expire(clock_.now());
  program_alarm();
  return count;
}

// The alarm is only ever moved forward: if the timer that it was set for is stopped, it rings for
// nothing once, which is cheaper than setting it anew with every call that ends in time.
void AsioLoop::program_alarm() {
  if (!real_time_) {
    if (timers_.next() <= clock_.now())
      on_time_changed();  // due at once: nobody will move the time
    return;
  }
  if (timers_.next() >= alarm_at_) return;
  alarm_at_ = timers_.next();
  alarm_.expires_at(alarm_at_);
  alarm_.async_wait([this](const asio::error_code& error) {
    ++chores_;
    if (error) return;  // set anew
    alarm_at_ = SteadyTime::max();
    alarm_rang_ = true;
  });
}

void AsioLoop::on_time_changed() {
  if (!time_changed_.exchange(true, std::memory_order_release)) wake();
}

// --- Ending
// ----------------------------------------------------------------------------------------

void AsioLoop::stop() {
  if (!stop_asked_.exchange(true)) wake();
}

// True when the caller has to dispose() of the loop, as with drain().
bool AsioLoop::finish() {
  if (finished_) return false;
  {
    const Running running(this);
    take_all_remote();
    run_tasks();  // what was posted before stop()
    finished_ = true;
    timers_.clear();
    close_members();
  }
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    turned_ = true;
  }
  return drain();
}

void AsioLoop::close_members() {
  while (members_.stop_one()) {
  }
  lookers_.clear();
}

// For whoever has set turned_: runs everything that there is and comes to be. Once it has returned
// false the loop may be gone, as the next thread may turn it and drop it.
bool AsioLoop::drain() {
  const Running running(this);
  const NoBlocking no_blocking;
  const Scope none;  // the tasks are not part of the call that happens to run them
  const detail::ScopeGuard scope(&none);
  for (;;) {
    news_.store(News::told);
    take_all_remote();
    run_tasks();
    close_members();
    context_.poll();  // lets go of what waited for the sockets
    const std::lock_guard lock(mutex_);
    if (!ready_.empty() || !remote_.empty()) continue;
    turned_ = false;
    return orphaned_;
  }
}

void AsioLoop::release() {
  if (is_current()) {
    orphaned_ = true;
    stop();
    return;
  }
  if (thread_.joinable()) {
    stop();
  } else {
    finish();
  }
  dispose();
}

void AsioLoop::dispose() {
  if (thread_.joinable()) {
    if (thread_.get_id() == std::this_thread::get_id()) {
      thread_.detach();
    } else {
      thread_.join();
    }
  }
  delete this;
}

}  // namespace io
}  // namespace cpp_lite
