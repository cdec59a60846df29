// What hears of the end of the loop that it lives on.
#pragma once

#include <cpp_lite/loop.h>

#include <cstddef>

namespace cpp_lite::io {

class LoopMembers;

// Sockets, listeners, pipes. Belongs to the loop's thread; the loop does not own it. On a loop that
// was not made by Loop::create() it never hears anything.
class LoopMember {
 public:
  explicit LoopMember(Loop& loop);
  LoopMember(const LoopMember&) = delete;
  LoopMember& operator=(const LoopMember&) = delete;

  // Gives up everything that belongs to the reactor, and tells its owner. It has left the loop by
  // then. Runs like any other event of the loop: it may start what it likes.
  virtual void on_loop_stop() = 0;

 protected:
  ~LoopMember() { leave(); }
  // Nothing is heard after this. Can be repeated.
  void leave();

 private:
  friend class LoopMembers;

  LoopMembers* list_ = nullptr;  // null: not on a list
  LoopMember* previous_ = nullptr;
  LoopMember* next_ = nullptr;
};

// The members of one loop.
class LoopMembers {
 public:
  void add(LoopMember& member);
  // Tells one member of the end. False when there is none.
  bool stop_one();
  std::size_t count() const { return count_; }

 private:
  friend class LoopMember;

  LoopMember* first_ = nullptr;
  std::size_t count_ = 0;
};

}  // namespace cpp_lite::io
