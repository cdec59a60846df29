// The event loop, on asio::io_context. For io/ alone; everybody else knows Loop.
#pragma once

#include <cpp_lite/loop.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "io/descriptor_reserve.h"
#include "io/loop_member.h"
#include "io/reactor_asio.h"
#include "io/task_lots.h"
#include "io/timer_heap.h"

namespace cpp_lite::io {

// Who may have something to do soon, without waiting for it.
class Looker {
 public:
  virtual bool look() = 0;  // whether there was something

 protected:
  ~Looker() = default;
};

class AsioLoop;

// While it lives, Future::get() on this thread is a bug and stops the program.
class NoBlocking {
 public:
  NoBlocking();
  ~NoBlocking();
  NoBlocking(const NoBlocking&) = delete;
  NoBlocking& operator=(const NoBlocking&) = delete;
  static bool here();  // whether there is one on this thread
};

// By which others wake a loop that may have gone meanwhile. Thread-safe.
class Bell {
 public:
  explicit Bell(AsioLoop& loop) : loop_(&loop) {}
  void ring();
  void loop_is_gone();

 private:
  std::mutex mutex_;
  AsioLoop* loop_;
};

// Owned by the shared_ptr that Loop::create() returns, whose deleter is release(). The thread, if
// it has one, ends before the object does, or deletes it as its last act.
//
// A loop is turned by its thread (or its user) until it is asked to stop. Then the turner runs what
// is left, closes the members and marks the loop as ended. From then on a post() runs the task
// itself, and whatever that task posts. One thread at a time does so: who finds it being done
// leaves its task to the one who does it. (Waiting for him could lock up two threads that post to
// each other's ended loops.)
//
//   turning --stop()--> turning, stop_asked_ --finish()--> ended_, turned by posters
//
// A loop that is lendable may be turned by others for a while: see io/lending.h. It is its own
// thread's, nobody's, or a borrower's.
//
//   own --lend()--> nobody --borrow()--> borrower --give_back()--> nobody or own
//   nobody --reclaim(), or nothing happens--> own
class AsioLoop final : public Loop, private ClockWatcher {
 public:
  explicit AsioLoop(const LoopOptions& options);
  void start_thread();
  // The last reference is gone: ends the loop and deletes it, now or as soon as nobody is in it.
  void release();
  // Null for a Loop of another kind.
  static AsioLoop* of(Loop& loop) { return dynamic_cast<AsioLoop*>(&loop); }

  void post(Task task) override;
  // As post(), but a loop that sleeps is not woken. The bell, if it has to be rung soon. Of tasks
  // that begin a lot (see TaskLots) the loop takes a few, then sockets have their turn.
  [[nodiscard]] std::shared_ptr<Bell> post_quietly(Task task, bool begins_lot);
  // Wakes the loop if it sleeps over something that was posted quietly.
  void announce();
  // See io/lending.h.
  void make_lendable() { lendable_ = real_time_ && busy_poll_.count() == 0; }
  void start_call(Task task) noexcept;
  void call_started() { ++open_calls_; }
  void call_ended();
  void run_until(const std::atomic<bool>& done) override;

  bool is_current() const override;
  std::chrono::nanoseconds busy_poll() const override { return busy_poll_; }
  const Clock& clock() const override { return clock_; }
  void stop() override;
  void run() override;
  std::size_t poll() override;

  asio::io_context& context() { return context_; }
  LoopMembers& members() { return members_; }
  // For listeners: a descriptor will be registered.
  void expect_descriptor() { descriptor_reserve_.prepare(*this, members_.count()); }
  // Memory for one read, shared by all sockets of the loop: valid until the event handler returns.
  std::span<std::uint8_t> read_buffer() { return read_buffer_; }
  // Has it look once, when what is ready now has had its turn and the reactor was asked for more.
  void look_soon(std::shared_ptr<Looker> looker);
  // For sockets: another read of one of them; its number.
  std::uint64_t count_read() { return ++reads_; }

 private:
  ~AsioLoop();
  void start_timer(Timer& timer) override;
  void stop_timer(Timer& timer) override;
  void on_time_changed() override;

  // What other threads have posted, as far as the loop was told. Quiet: it sleeps on, and another
  // post wakes it.
  enum class News : std::uint8_t { none, quiet, told };

  enum class Turner : std::uint8_t { own, nobody, borrower };
  struct Loan {
    std::mutex mutex;
    std::condition_variable changed;
    Turner turner = Turner::own;
    std::uint64_t count = 0;
    bool patient = false;  // the own thread sleeps until it is woken
  };
  void lend();
  void wait_for_loop(std::unique_lock<std::mutex>& lock);
  bool worth_lending() const;
  bool borrow();
  void give_back(bool to_nobody);
  bool reclaim();

  void thread_main();
  std::size_t turn(bool may_wait);
  std::size_t next_event();
  std::size_t look_for_event();
  void let_look();
  std::size_t run_tasks() noexcept;
  std::size_t expire_timers();
  void program_alarm();
  std::shared_ptr<Bell> put(Task task, News news, bool begins_lot);
  std::shared_ptr<Bell> tell(News news);
  void take_remote();
  void take_all_remote();
  bool has_news() const { return news_.load() != News::none; }
  bool has_tasks() const { return !ready_.empty() || !left_.empty() || has_news(); }
  void wake();
  bool finish();
  bool drain();
  void close_members();
  void dispose();

  // Constant after construction, or synchronized on their own.
  Clock& clock_;
  const bool real_time_;  // the clock runs by itself, as the reactor's timers do
  const std::chrono::nanoseconds busy_poll_;
  std::thread thread_;
  asio::io_context context_;
  std::atomic<bool> stop_asked_ = false;
  std::atomic<News> news_ = News::none;  // a hint that remote_ is worth the lock
  std::atomic<bool> asleep_ = false;     // or about to be: who posts has to wake it
  std::atomic<bool> time_changed_ = false;
  std::atomic<bool> lendable_ = false;
  std::atomic<bool> waited_for_ = false;  // by get(), what is open
  Loan loan_;  // the own thread and borrowers hand over by it what is below

  // Guarded by mutex_.
  std::mutex mutex_;
  TaskLots remote_;  // posted by other threads
  bool ended_ = false;
  bool turned_ = false;  // once ended: some thread is inside drain()

  // For whoever turns the loop.
  std::vector<Task> ready_;  // posted from inside the loop
  std::vector<Task> batch_;  // being run
  TaskLots left_;            // of what other threads had posted, for the next turns
  std::size_t room_ = 0;     // for lots, in this turn
  std::vector<std::shared_ptr<Looker>> lookers_, looking_;
  std::uint64_t reads_ = 0;
  TimerHeap timers_;
  LoopMembers members_;
  DescriptorReserve descriptor_reserve_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  asio::steady_timer alarm_;
  SteadyTime alarm_at_ = SteadyTime::max();  // what alarm_ is set to
  bool alarm_rang_ = false;
  std::size_t chores_ = 0;  // events of this turn that were the loop's own
  int open_calls_ = 0;      // of channels
  int in_a_row_ = 0;        // calls, one after the other, each waited for
  bool finished_ = false;
  bool orphaned_ = false;  // released from inside: deleted by whoever turns it
  const std::shared_ptr<Bell> bell_ = std::make_shared<Bell>(*this);
  std::array<std::uint8_t, 64 * 1024> read_buffer_;
};

}  // namespace cpp_lite::io
