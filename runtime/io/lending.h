// Loops that are turned for a while by the thread that waits for what they do.
//
// One call after the other, each waited for with get(), would go to the loop's thread and back: two
// wake-ups more for each than with co_await. So a loop that is lendable, and has seen a few such
// calls with nothing else open meanwhile, is left to nobody by its thread. The next call is then
// started by the thread that makes it, which turns the loop until it has its reply. When a second
// call is open, when anybody posts, or when nobody has come for a millisecond or two, the loop is
// its own thread's again.
#pragma once

#include <cpp_lite/loop.h>

namespace cpp_lite::io {

class AsioLoop;

// Right after the loop was made, for one that is a channel's alone. One with busy polling, or with
// a clock that is not the system's, is not lent all the same.
void make_lendable(Loop& loop);

// A channel's view of its loop, which outlives it.
class Lending {
 public:
  explicit Lending(Loop& loop);

  // Runs the task on the loop: now, if this thread turns it or can borrow it; else it is posted.
  // For the start of a call alone, as the caller may hold locks. Any thread.
  void start_call(Task task) const;
  // A call is open, or over. The loop's.
  void call_started() const;
  void call_ended() const;

 private:
  Loop& loop_;
  AsioLoop* const ours_;  // null: it is of another kind
};

}  // namespace cpp_lite::io
