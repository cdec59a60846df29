#include "io/resolve.h"

#include <utility>

#include "io/resolver_thread.h"

namespace cpp_lite::io {
namespace {

// Belongs to the loop's thread.
class Resolving final : public Operation {
 public:
  // Shared with the task that brings the answer; emptied when the operation is given up.
  struct Waiter {
    ResolveCallback callback;
  };

  explicit Resolving(ResolveCallback callback)
      : waiter_(std::make_shared<Waiter>(Waiter{std::move(callback)})) {}

  ~Resolving() override {
    const ResolveCallback dropped = std::exchange(waiter_->callback, nullptr);
    if (lookup_) lookup_->unwanted.store(true);
  }

  // Answers at once, but not inside the call.
  void answer(Loop& loop, std::vector<Endpoint> endpoints) {
    loop.post([waiter = waiter_, endpoints = std::move(endpoints)]() mutable {
      call(*waiter, Status(), std::move(endpoints));
    });
  }

  void look_up(const std::shared_ptr<Loop>& loop, const Target& target,
               std::shared_ptr<ResolverThread> resolver) {
    lookup_ = std::make_shared<Lookup>();
    lookup_->host = target.host;
    lookup_->port = target.port;
    // The thread holds loops weakly: else it could be the last to let go of one, and wait for it.
    lookup_->done = [waiter = waiter_, weak = std::weak_ptr(loop)](
                        Status status, std::vector<Endpoint> endpoints) {
      const std::shared_ptr<Loop> home = weak.lock();
      if (!home) return;
      home->post([waiter, status = std::move(status), endpoints = std::move(endpoints)]() mutable {
        call(*waiter, std::move(status), std::move(endpoints));
      });
    };
    resolver->submit(lookup_);
    resolver_ = std::move(resolver);
  }

 private:
  static void call(Waiter& waiter, Status status, std::vector<Endpoint> endpoints) {
    if (!waiter.callback) return;
    const ResolveCallback callback = std::exchange(waiter.callback, nullptr);
    callback(std::move(status), std::move(endpoints));
  }

  const std::shared_ptr<Waiter> waiter_;
  std::shared_ptr<Lookup> lookup_;
  std::shared_ptr<ResolverThread> resolver_;  // keeps the thread, as long as the handle lives
};

}  // namespace

std::unique_ptr<Operation> resolve(const std::shared_ptr<Loop>& loop, const Target& target,
                                   ResolveCallback callback,
                                   std::shared_ptr<ResolverThread> resolver) {
  auto resolving = std::make_unique<Resolving>(std::move(callback));
  if (target.endpoints.empty()) {
    resolving->look_up(loop, target, std::move(resolver));
  } else {
    resolving->answer(*loop, target.endpoints);
  }
  return resolving;
}

std::unique_ptr<Operation> resolve(const std::shared_ptr<Loop>& loop, const Target& target,
                                   ResolveCallback callback) {
  return resolve(loop, target, std::move(callback),
                 target.endpoints.empty() ? ResolverThread::shared() : nullptr);
}

Status resolve_now(const Target& target, std::vector<Endpoint>& endpoints) {
  endpoints = target.endpoints;
  if (!endpoints.empty()) return Status();
  Lookup lookup;
  lookup.host = target.host;
  lookup.port = target.port;
  return system_lookup(lookup, endpoints);
}

}  // namespace cpp_lite::io
