// What other threads have posted to a loop, which takes it a part at a time.
#pragma once

#include <cpp_lite/task.h>

#include <cstddef>
#include <vector>

namespace cpp_lite::io {

// Tasks in the order in which they came. Some begin a lot, which ends where the next one begins:
// so many lots can be taken and the others left, but no lot is torn apart. Not thread-safe.
class TaskLots {
 public:
  void add(Task task, bool begins_lot);
  // Moves to the end of `out` what comes before the lot that there is no room for.
  void take(std::vector<Task>& out, std::size_t& room);
  bool empty() const { return next_ == tasks_.size(); }
  std::size_t lots() const { return begins_.size() - next_lot_; }

 private:
  void clear();

  std::vector<Task> tasks_;
  std::vector<std::size_t> begins_;  // among tasks_
  std::size_t next_ = 0;             // of tasks_
  std::size_t next_lot_ = 0;         // of begins_
};

}  // namespace cpp_lite::io
