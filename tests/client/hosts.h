// Several servers that a test plays by hand, and the name that leads to them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "client/dialer.h"
#include "peer.h"

namespace cpp_lite::client {

// Which addresses the name has and what lives there.
struct Hosts {
  explicit Hosts(std::shared_ptr<Loop> loop) : loop(std::move(loop)) {}

  Peer& at(const std::string& address) {
    std::unique_ptr<Peer>& peer = peers[address];
    if (peer == nullptr) peer = std::make_unique<Peer>(loop);
    return *peer;
  }
  void refuse(const std::string& address) {
    refused[address] = Status(Code::unavailable, "connection refused: " + address);
  }
  void accept(const std::string& address) { refused.erase(address); }

  const std::shared_ptr<Loop> loop;
  std::vector<std::string> addresses;  // what resolving finds
  Status resolving;                    // how it ends
  bool hold_dialing = false;
  std::map<std::string, std::unique_ptr<Peer>> peers;
  std::map<std::string, Status> refused;

  std::vector<SteadyTime> resolved_at;
  std::vector<std::string> dialed;
};

class HostsDialer final : public Dialer {
 public:
  explicit HostsDialer(std::shared_ptr<Hosts> hosts) : hosts_(std::move(hosts)) {}
  HostsDialer(std::shared_ptr<Hosts> hosts, std::string sole)
      : hosts_(std::move(hosts)), sole_(true), found_{std::move(sole)} {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    if (!sole_) hosts_->resolved_at.push_back(loop->now());
    return later(*loop, [this, callback = std::move(callback)] {
      if (sole_) return callback(Status(), 1);
      if (hosts_->resolving.ok()) found_ = hosts_->addresses;
      callback(hosts_->resolving, found_.size());
    });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime, Dialed callback) override {
    hosts_->dialed.push_back(found_.at(way));
    return later(*loop, [hosts = hosts_, address = found_[way], callback = std::move(callback)] {
      if (hosts->hold_dialing) return;
      const auto refused = hosts->refused.find(address);
      if (refused != hosts->refused.end()) return callback(refused->second, nullptr);
      callback(Status(), hosts->at(address).connect(address));
    });
  }

  std::string endpoint(std::size_t way) const override { return found_.at(way); }
  std::unique_ptr<Dialer> sole(std::size_t way) const override {
    return std::make_unique<HostsDialer>(hosts_, found_.at(way));
  }

 private:
  struct Posted final : io::Operation {
    explicit Posted(std::function<void()> what)
        : task(std::make_shared<std::function<void()>>(std::move(what))) {}
    std::shared_ptr<std::function<void()>> task;
  };

  static std::unique_ptr<io::Operation> later(Loop& loop, std::function<void()> what) {
    auto posted = std::make_unique<Posted>(std::move(what));
    loop.post([weak = std::weak_ptr(posted->task)] {
      if (const auto alive = weak.lock()) (*alive)();
    });
    return posted;
  }

  const std::shared_ptr<Hosts> hosts_;
  const bool sole_ = false;
  std::vector<std::string> found_;
};

}  // namespace cpp_lite::client
