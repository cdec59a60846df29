// One connection for all calls: to the first address that answers.
#pragma once

#include "client/balancer.h"

namespace cpp_lite::client {

// Belongs to a channel and its loop.
class PickFirst final : public Balancer, private Link::Owner {
 public:
  explicit PickFirst(BalancerParts parts)
      : stores_(parts.stores),
        guards_(parts.guards),
        owner_(parts.owner),
        link_(parts.loop, std::move(parts.dialer), parts.link, std::move(parts.random), *this) {}

  h2::Connection* pick(const Wish& wish) override;
  Outlook outlook(const Wish& wish) const override;
  void suspect(std::string_view peer) override { link_.suspect(peer); }
  ChannelState state() const override { return link_.state(); }
  bool failing() const override { return link_.failing(); }
  const Status& last_failure() const override { return link_.last_failure(); }
  std::string_view phase() const override { return link_.phase(); }
  void wake(const std::shared_ptr<Loop>& loop) override { link_.wake(loop); }
  void sleep() override { link_.sleep(); }
  void shut_down() override { link_.shut_down(); }
  bool is_shut_down() const override { return link_.is_shut_down(); }

 private:
  void on_link_changed(Link&) override { owner_.on_balancer_changed(); }

  const Stores& stores_;
  const Guards& guards_;
  Balancer::Owner& owner_;
  Link link_;
};

}  // namespace cpp_lite::client
