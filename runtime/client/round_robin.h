// A connection to every address of the target, which calls take in turn.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "client/balancer.h"
#include "client/health_watch.h"
#include "io/operation.h"

namespace cpp_lite::client {

// Belongs to a channel and its loop. Keeps a link to each address, connected all the time, from the
// first wake() until it sleeps. Resolves again when a connection is lost or cannot be made, with
// backoff; links of addresses that have gone let their calls end. Where health is asked for, an
// endpoint is ready when it says that it is serving, and fails while it does not.
//
//   asleep   wake()                                     awake; resolves, connects to all
//   awake    sleep()                                    asleep
//   any      shut_down(), or the loop is about to end   shut_down
class RoundRobin : public Balancer, private Link::Owner, private HealthWatch::Owner {
 public:
  explicit RoundRobin(BalancerParts parts);

  h2::Connection* pick(const Wish& wish) override;
  Outlook outlook(const Wish& wish) const override;
  void suspect(std::string_view peer) override;
  ChannelState state() const override;
  bool failing() const override { return failing_; }
  const Status& last_failure() const override { return last_failure_; }
  std::string_view phase() const override;
  void wake(const std::shared_ptr<Loop>& loop) override;
  void sleep() override;
  void shut_down() override;
  bool is_shut_down() const override { return step_ == Step::shut_down; }

 protected:
  // The endpoint for a call that has this wish, by its number; nothing: there is none now.
  virtual std::optional<std::size_t> choose(const Wish& wish);
  std::size_t count() const { return endpoints_.size(); }
  // The calls that an endpoint has.
  std::size_t load(std::size_t at) const { return endpoints_[at].load(); }
  // Nothing: it cannot be chosen. Else what speaks against it if there is another one.
  std::optional<int> objections(std::size_t at, const Wish& wish) const;
  double random() const { return random_(); }

 private:
  enum class Step : std::uint8_t { asleep, awake, shut_down };
  struct Endpoint {
    std::string name;
    std::unique_ptr<Link> link;
    std::unique_ptr<HealthWatch> health;  // null: nobody asks

    bool ready() const {
      return link->ready() != nullptr && (health == nullptr || health->healthy());
    }
    bool failing() const { return link->failing() || unhealthy(); }
    bool unhealthy() const { return health != nullptr && health->unhealthy(); }
    std::size_t load() const {
      return link->streams() - (health != nullptr && health->open() ? 1 : 0);
    }
  };

  void on_link_changed(Link& link) override;
  void on_health_changed(HealthWatch& watch) override;

  void resolve();
  void resolve_again();
  void resolved(Status status, std::size_t ways);
  void take_addresses(std::size_t ways);
  Endpoint endpoint(std::size_t way);
  void connect_all();
  void grow(const std::shared_ptr<Loop>& loop);
  void ask_for_health(const Link& link);
  bool any_ready() const;
  void judge();
  void close_all(void (Link::*how)());

  Loop& loop_;
  std::weak_ptr<Loop> shared_loop_;
  const std::unique_ptr<Dialer> dialer_;
  const LinkOptions options_;
  const Random random_;  // shared by all links
  const Stores& stores_;
  Guards& guards_;
  const std::shared_ptr<const HealthQuestion> question_;  // null: none
  Balancer::Owner& owner_;

  Step step_ = Step::asleep;
  bool failing_ = false;
  Status last_failure_;
  std::vector<Endpoint> endpoints_;
  std::vector<Endpoint> retired_;  // of addresses that have gone
  std::size_t next_ = 0;           // of endpoints_

  bool resolving_ = false;
  bool found_ = false;  // by the last lookup
  std::unique_ptr<io::Operation> operation_;
  Backoff backoff_;
  SteadyTime resolve_began_;
  Timer resolve_timer_;
};

}  // namespace cpp_lite::client
