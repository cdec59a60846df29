#include "io/running.h"

#include <utility>

namespace cpp_lite::io {
namespace {

thread_local Running* t_innermost = nullptr;

}  // namespace

Running::Running(const Executor* executor) : executor_(executor), below_(t_innermost) {
  t_innermost = this;
}

Running::~Running() { t_innermost = below_; }

Apart::Apart() : below_(std::exchange(t_innermost, nullptr)) {}

Apart::~Apart() { t_innermost = below_; }

bool Running::is(const Executor* executor) {
  for (const Running* at = t_innermost; at != nullptr; at = at->below_) {
    if (at->executor_ == executor) return true;
  }
  return false;
}

}  // namespace cpp_lite::io
