#include "io/lending.h"

#include <chrono>
#include <utility>

#include "io/loop_asio.h"
#include "io/running.h"

namespace cpp_lite::io {
namespace {

// So many calls have come one after the other, each waited for, before the loop is lent.
constexpr int kInARow = 8;
// After so long without a borrower, twice at most, the loop's own thread is back.
constexpr std::chrono::milliseconds kPatience{1};

// What the borrower was doing is no part of what the loop does.
class Guest {
  const Apart apart_{};
  const Scope none_{};
  const detail::ScopeGuard scope_{&none_};
};

}  // namespace

// --- Who turns the loop. By the mutex of the loan everything that the loop's thread touches is
// handed over.

// Own thread, between two turns. Returns when it turns the loop again.
void AsioLoop::lend() {
  std::unique_lock lock(loan_.mutex);
  asleep_.store(true);
  if (worth_lending()) {
    loan_.turner = Turner::nobody;
    while (loan_.turner != Turner::own) wait_for_loop(lock);
  }
  asleep_.store(false);
}

// A borrower may stay for long, and tells who waits for it without a limit.
void AsioLoop::wait_for_loop(std::unique_lock<std::mutex>& lock) {
  const std::uint64_t before = loan_.count;
  if (loan_.changed.wait_for(lock, kPatience) == std::cv_status::no_timeout) return;
  if (loan_.count != before) return;
  if (loan_.turner == Turner::nobody) {
    loan_.turner = Turner::own;
    in_a_row_ = 0;
  } else if (loan_.turner == Turner::borrower) {
    loan_.patient = true;
    loan_.changed.wait(lock);
    loan_.patient = false;
  }
}

// For whoever turns the loop: nothing is going on on it, and a borrower is likely to come.
bool AsioLoop::worth_lending() const {
  return in_a_row_ >= kInARow && open_calls_ == 0 && !has_tasks() && !stop_asked_.load();
}

bool AsioLoop::borrow() {
  if (!lendable_) return false;
  const std::lock_guard lock(loan_.mutex);
  if (loan_.turner != Turner::nobody || stop_asked_.load()) return false;
  loan_.turner = Turner::borrower;
  ++loan_.count;
  asleep_.store(false);
  return true;
}

void AsioLoop::give_back(bool to_nobody) {
  asleep_.store(true);
  const std::lock_guard lock(loan_.mutex);
  const bool free = to_nobody && !has_tasks() && !stop_asked_.load();
  loan_.turner = free ? Turner::nobody : Turner::own;
  if (!free || loan_.patient) loan_.changed.notify_one();
}

// Any thread: whether it was nobody's, and is the own thread's again.
bool AsioLoop::reclaim() {
  if (!lendable_) return false;
  const std::lock_guard lock(loan_.mutex);
  if (loan_.turner != Turner::nobody) return false;
  loan_.turner = Turner::own;
  loan_.changed.notify_one();
  return true;
}

// --- What borrowers do

void AsioLoop::start_call(Task task) noexcept {
  if (is_current()) return task();
  // On a loop's thread nobody will wait in get().
  if (NoBlocking::here() || !borrow()) return post(std::move(task));
  {
    const Guest guest;
    const Running running(this);
    const NoBlocking no_blocking;
    task();
    task.reset();
    run_tasks();
  }
  give_back(open_calls_ <= 1);
}

void AsioLoop::run_until(const std::atomic<bool>& done) {
  if (!lendable_) return;
  waited_for_.store(true, std::memory_order_relaxed);
  if (!borrow()) return;
  {
    const Guest guest;
    while (!done.load(std::memory_order_acquire) && !stop_asked_.load() && open_calls_ <= 1) {
      turn(true);
    }
  }
  give_back(worth_lending());
}

void AsioLoop::call_ended() {
  const bool waited_for = waited_for_.exchange(false, std::memory_order_relaxed);
  in_a_row_ = --open_calls_ == 0 && waited_for ? in_a_row_ + 1 : 0;
}

// --- For everybody

void make_lendable(Loop& loop) {
  if (AsioLoop* ours = AsioLoop::of(loop)) ours->make_lendable();
}

Lending::Lending(Loop& loop) : loop_(loop), ours_(AsioLoop::of(loop)) {}

void Lending::start_call(Task task) const {
  if (ours_ != nullptr) return ours_->start_call(std::move(task));
  if (loop_.is_current()) return task();
  loop_.post(std::move(task));
}

void Lending::call_started() const {
  if (ours_ != nullptr) ours_->call_started();
}

void Lending::call_ended() const {
  if (ours_ != nullptr) ours_->call_ended();
}

}  // namespace cpp_lite::io
