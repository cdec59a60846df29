#include "io/task_lots.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cpp_lite::io {
namespace {

auto place(std::vector<Task>& tasks, std::size_t index) {
  return std::move_iterator(tasks.begin() + static_cast<std::ptrdiff_t>(index));
}

}  // namespace

void TaskLots::add(Task task, bool begins_lot) {
  if (begins_lot) begins_.push_back(tasks_.size());
  tasks_.push_back(std::move(task));
}

void TaskLots::take(std::vector<Task>& out, std::size_t& room) {
  const std::size_t lots = std::min(room, begins_.size() - next_lot_);
  room -= lots;
  next_lot_ += lots;
  const std::size_t end = next_lot_ < begins_.size() ? begins_[next_lot_] : tasks_.size();
  if (out.empty() && next_ == 0 && end == tasks_.size()) {
    out.swap(tasks_);
    return clear();
  }
  out.insert(out.end(), place(tasks_, next_), place(tasks_, end));
  next_ = end;
  if (empty()) clear();
}

void TaskLots::clear() {
  tasks_.clear();
  begins_.clear();
  next_ = next_lot_ = 0;
}

}  // namespace cpp_lite::io
