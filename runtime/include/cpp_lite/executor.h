// Where coroutines resume: a loop's thread, or a strand of a thread pool.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/task.h>

#include <atomic>
#include <chrono>
#include <memory>

namespace cpp_lite {

// Runs tasks one at a time, in the order in which they were posted. One of the two doors between
// threads (the other is Future). Thread-safe.
class CPP_LITE_API Executor {
 public:
  // Runs the task later, never inside this call. After the executor has stopped, the task runs
  // inside this call instead, or is left to the thread that runs this executor's tasks at that
  // moment: nothing that was posted is lost, and tasks still run one at a time.
  virtual void post(Task task) = 0;
  // Whether the calling code is being run by this executor; after the stop, too.
  virtual bool is_current() const = 0;
  // How long a thread that waits for what is done here looks for it before it sleeps.
  virtual std::chrono::nanoseconds busy_poll() const { return {}; }
  // For a thread that has nothing to do until `done`: may run on it what is to be run here. May
  // return earlier, at any time.
  virtual void run_until(const std::atomic<bool>& done) { (void)done; }
  virtual ~Executor() = default;
};

// What code runs in: where its coroutines resume and which served call it belongs to. Coroutines
// inherit it from the code that starts them.
class CallContext;
struct Scope {
  std::shared_ptr<Executor> executor;  // null: wherever the awaited thing completes
  std::shared_ptr<CallContext> call;   // null: outside every handler
};

namespace detail {

// The scope of the code that runs on this thread now; never null. The pointer is valid while that
// code runs.
CPP_LITE_API const Scope* current_scope();
CPP_LITE_API void set_current_scope(const Scope* scope);
CPP_LITE_API const Scope* no_scope();  // that of code outside every executor and handler

// Makes `scope` current until the end of the block.
class ScopeGuard {
 public:
  explicit ScopeGuard(const Scope* scope) : previous_(current_scope()) { set_current_scope(scope); }
  ~ScopeGuard() { set_current_scope(previous_); }
  ScopeGuard(const ScopeGuard&) = delete;
  ScopeGuard& operator=(const ScopeGuard&) = delete;

 private:
  const Scope* previous_;
};

// Keeps the served call but no executor until the end of the block: what starts in it may be waited
// for by a handler that blocks its own executor.
class UnboundScope {
 public:
  UnboundScope() : scope_{nullptr, current_scope()->call}, guard_(&scope_) {}

 private:
  const Scope scope_;
  const ScopeGuard guard_;
};

}  // namespace detail
}  // namespace cpp_lite
