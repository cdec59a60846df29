// A constant that exists from its first use to the end of the process: its destructor never runs,
// so that threads which outlive main() may still read it.
#pragma once

#include <utility>

namespace cpp_lite::base {

template <typename T>
class NoDestroy {
 public:
  template <typename... Args>
  explicit constexpr NoDestroy(Args&&... args) : value_{std::forward<Args>(args)...} {}
  ~NoDestroy() {}
  NoDestroy(const NoDestroy&) = delete;
  NoDestroy& operator=(const NoDestroy&) = delete;

  T& get() { return value_; }
  const T& get() const { return value_; }

 private:
  union {
    T value_;
  };
};

}  // namespace cpp_lite::base
