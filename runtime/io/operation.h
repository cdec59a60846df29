// The handle of something that io/ does in the background: a connect, a name lookup.
#pragma once

namespace cpp_lite::io {

// Belongs to the loop's thread that the operation was started on. Destroying it gives the operation
// up: its callback is not called any more. The callback may destroy it, and it may be kept, without
// effect, after the callback has been called.
class Operation {
 public:
  Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual ~Operation() = default;
};

}  // namespace cpp_lite::io
