// A dialer that a test scripts: what resolving finds, which addresses answer, what hangs.
#pragma once

#include <cpp_lite/status.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/dialer.h"

namespace cpp_lite::client {

struct Script {
  bool hold_resolving = false;  // no answer, ever
  bool hold_dialing = false;
  std::set<std::size_t> silent;        // ways without an answer, ever
  Status resolving;                    // how it ends
  std::vector<Status> ways{Status()};  // one per address: OK connects
  std::function<std::unique_ptr<h2::Transport>()> connect;

  int rounds = 0;
  std::vector<std::size_t> dialed;
  std::vector<SteadyTime> round_times;
};

class ScriptedDialer final : public Dialer {
 public:
  explicit ScriptedDialer(std::shared_ptr<Script> script) : script_(std::move(script)) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    ++script_->rounds;
    script_->round_times.push_back(loop->now());
    return later(*loop, [script = script_, callback = std::move(callback)] {
      if (!script->hold_resolving) callback(script->resolving, script->ways.size());
    });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime, Dialed callback) override {
    script_->dialed.push_back(way);
    return later(*loop, [script = script_, way, callback = std::move(callback)] {
      if (script->hold_dialing || script->silent.contains(way)) return;
      const Status status = script->ways[way];
      callback(status, status.ok() ? script->connect() : nullptr);
    });
  }

  // For pick_first, which asks neither.
  std::string endpoint(std::size_t) const override { return "inproc:"; }
  std::unique_ptr<Dialer> sole(std::size_t) const override {
    return std::make_unique<ScriptedDialer>(script_);
  }

 private:
  class Posted final : public io::Operation {
   public:
    explicit Posted(std::shared_ptr<std::function<void()>> task) : task_(std::move(task)) {}

   private:
    std::shared_ptr<std::function<void()>> task_;
  };

  static std::unique_ptr<io::Operation> later(Loop& loop, std::function<void()> task) {
    auto shared = std::make_shared<std::function<void()>>(std::move(task));
    loop.post([weak = std::weak_ptr(shared)] {
      if (const auto alive = weak.lock()) (*alive)();
    });
    return std::make_unique<Posted>(std::move(shared));
  }

  const std::shared_ptr<Script> script_;
};

}  // namespace cpp_lite::client
