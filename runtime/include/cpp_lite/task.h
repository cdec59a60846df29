// A piece of work to run once: a move-only callable without arguments.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace cpp_lite {

// What std::move_only_function<void()> will be. Small callables (three pointers) take no memory of
// their own. Destroying a Task that never ran destroys what it captured.
class Task {
 public:
  Task() = default;

  template <typename F>
  requires(!std::is_same_v<std::decay_t<F>, Task> && std::is_invocable_v<std::decay_t<F>&>)
      Task(F&& f) {  // NOLINT(google-explicit-constructor): a callable is a Task
    using Fn = std::decay_t<F>;
    if constexpr (fits<Fn>) {
      ::new (static_cast<void*>(storage_)) Fn(std::forward<F>(f));
      ops_ = &kInline<Fn>;
    } else {
      ::new (static_cast<void*>(storage_)) Fn*(new Fn(std::forward<F>(f)));
      ops_ = &kHeap<Fn>;
    }
  }

  Task(Task&& other) noexcept { take(other); }
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~Task() { reset(); }

  explicit operator bool() const { return ops_ != nullptr; }
  void operator()() { ops_->run(storage_); }

  void reset() {
    if (ops_ != nullptr) std::exchange(ops_, nullptr)->destroy(storage_);
  }

 private:
  struct Ops {
    void (*run)(void*);
    void (*destroy)(void*);
    void (*move)(void* from, void* to) noexcept;  // leaves `from` destroyed
  };
  static constexpr std::size_t kSize = 3 * sizeof(void*);
  template <typename Fn>
  static constexpr bool fits =
      sizeof(Fn) <= kSize &&
      alignof(Fn) <= alignof(void*) && std::is_nothrow_move_constructible_v<Fn>;

  template <typename Fn>
  static constexpr Ops kInline = {[](void* at) { (*static_cast<Fn*>(at))(); },
                                  [](void* at) { static_cast<Fn*>(at)->~Fn(); },
                                  [](void* from, void* to) noexcept {
                                    ::new (to) Fn(std::move(*static_cast<Fn*>(from)));
                                    static_cast<Fn*>(from)->~Fn();
                                  }};
  template <typename Fn>
  static constexpr Ops kHeap = {
      [](void* at) { (**static_cast<Fn**>(at))(); },
      [](void* at) { delete *static_cast<Fn**>(at); },
      [](void* from, void* to) noexcept { ::new (to) Fn*(*static_cast<Fn**>(from)); }};

  void take(Task& other) noexcept {
    ops_ = std::exchange(other.ops_, nullptr);
    if (ops_ != nullptr) ops_->move(other.storage_, storage_);
  }

  alignas(void*) std::byte storage_[kSize];
  const Ops* ops_ = nullptr;
};

}  // namespace cpp_lite
