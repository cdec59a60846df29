// A balancer over the hosts of a test: the language of the tests of pick_first, round_robin and
// least_request.
#pragma once

#include <cpp_lite/channel.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/balancer.h"
#include "hosts.h"
#include "support/fake_loop.h"

namespace cpp_lite::client {

using namespace std::chrono_literals;

class BalancingTest : public ::testing::Test, private Balancer::Owner {
 protected:
  explicit BalancingTest(LoadBalancing kind) : kind_(kind) { hosts->addresses = {"a", "b", "c"}; }
  ~BalancingTest() override {
    if (balancer_ != nullptr) balancer_->shut_down();
    for (auto& [address, peer] : hosts->peers) peer->close_all();
    loop->run_until_idle();
  }

  Balancer& balancer() {
    if (balancer_ == nullptr) {
      Balancer::Owner& owner = *this;
      balancer_ = make_balancer(kind_, {*loop, std::make_unique<HostsDialer>(hosts), link, random,
                                        stores, guards(), owner, 2, health});
    }
    return *balancer_;
  }
  Guards& guards() {
    if (!guards_) guards_.emplace(*loop, options, [] { return 0.5; });
    return *guards_;
  }
  // Calls there that end like this.
  void answered(const std::string& address, policy::Judgement judgement, int times) {
    for (int i = 0; i < times; ++i) {
      guards().report(address, guards().admit(address), judgement);
    }
  }
  void wake() {
    balancer().wake(loop);
    turn();
  }
  void turn() { loop->run_until_idle(); }
  void lose(const std::string& address) {
    hosts->at(address).pipes.back()->cut("gone");
    turn();
  }
  // A new connection to that endpoint shows this store.
  void shows(const std::string& address, std::string_view id) {
    Stores::Shown connection{.number = ++connections_, .id = {}};
    stores.note(connection, address, id);
  }
  // Where a call with this wish goes.
  std::string pick(const Wish& wish = {}) {
    const h2::Connection* connection = balancer().pick(wish);
    return connection == nullptr ? "nowhere" : connection->peer();
  }
  // Where the next calls go, in any order.
  std::string picks(int count, const Wish& wish = {}) {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) all.push_back(pick(wish));
    std::sort(all.begin(), all.end());
    std::string text;
    for (const std::string& one : all) text += one;
    return text;
  }
  // The same, with a stream that stays open.
  std::string open(const Wish& wish = {}) {
    h2::Connection* connection = balancer().pick(wish);
    if (connection == nullptr) return "nowhere";
    const h2::HeaderList headers = {
        {":method", "POST"}, {":scheme", "http"}, {":path", "/x"}, {":authority", "x"}};
    EXPECT_NE(connection->open(headers, std::make_shared<Bystander>()), 0);
    turn();
    return connection->peer();
  }

  const std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  const std::shared_ptr<Hosts> hosts = std::make_shared<Hosts>(loop);
  Stores stores;
  ConnectOptions options;
  LinkOptions link;
  Random random = [] { return 0.5; };
  std::shared_ptr<const HealthQuestion> health;  // null: nobody asks
  int changes = 0;

 private:
  struct Bystander final : h2::StreamOwner {
    void on_headers(h2::HeaderBlock, bool) override {}
    void on_data(std::span<const std::uint8_t>) override {}
    void on_end() override {}
    void on_writable() override {}
    void on_close(const h2::StreamClose&) override {}
  };
  void on_balancer_changed() override { ++changes; }

  const LoadBalancing kind_;
  std::uint64_t connections_ = 0;
  std::optional<Guards> guards_;
  std::unique_ptr<Balancer> balancer_;
};

}  // namespace cpp_lite::client
