// Which of a channel's connections a call goes to.
#pragma once

#include <cpp_lite/channel.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "client/backoff.h"
#include "client/dialer.h"
#include "client/guards.h"
#include "client/health_watch.h"
#include "client/link.h"
#include "client/stores.h"
#include "h2/connection.h"

namespace cpp_lite::client {

// What a call asks of the endpoint that it goes to. Endpoints are named as h2::Connection::peer()
// names them. Borrows what it names.
struct Wish {
  // Picked only if no other one is ready: the call is under way there, or was; and where it has
  // failed just now, last of all.
  std::span<const std::string> beside = {};
  std::string_view avoid = {};
  // Where the call may have been executed already (docs/rules.md, "Several endpoints").
  // Empty: nowhere. It goes to endpoints that show `store`, or to this one if it had shown none.
  std::string_view only = {};
  std::string_view store = {};  // that `only` had shown by then; another one knows no key of ours

  // How much speaks against this one, 0 to 2.
  int against(std::string_view peer) const {
    if (!avoid.empty() && peer == avoid) return 2;
    return std::ranges::find(beside, peer) != beside.end() ? 1 : 0;
  }
  bool allows(std::string_view peer, const Stores& stores) const {
    if (only.empty()) return true;
    return store.empty() ? peer == only : stores.of(peer) == store;
  }
};

// What a call may hope for that was not given a connection.
enum class Outlook : std::uint8_t {
  wait,     // for a connection, or for room on one
  failing,  // TRANSIENT_FAILURE of all endpoints that it may use: only wait_for_ready waits
  never,    // no endpoint that it may use is there any more
  barred,   // those that are ready have an open circuit, and none is being connected
};

// Belongs to a channel and its loop. Begins idle; connects when it is woken.
class Balancer {
 public:
  class Owner {
   public:
    // There may be a connection, or room on one, or all have failed: have a look.
    virtual void on_balancer_changed() = 0;

   protected:
    ~Owner() = default;
  };

  // The connection for one more call, which is then to be opened. Never one that is draining, and
  // none of an endpoint whose circuit is open. Null: there is none now; outlook() tells more.
  virtual h2::Connection* pick(const Wish& wish) = 0;
  virtual Outlook outlook(const Wish& wish) const = 0;

  // An attempt at this endpoint got no answer in its time: it is asked for a sign of life, and not
  // picked before that comes if another is ready (docs/rules.md D15).
  virtual void suspect(std::string_view peer) = 0;

  virtual ChannelState state() const = 0;
  // TRANSIENT_FAILURE, which lasts until a connection is ready (gRFC A62), and why.
  virtual bool failing() const = 0;
  virtual const Status& last_failure() const = 0;
  // What a call that waits is waiting for (docs/rules.md D18).
  virtual std::string_view phase() const = 0;

  // Connects, if it is idle. `loop` is the one that it was made with.
  virtual void wake(const std::shared_ptr<Loop>& loop) = 0;
  virtual void sleep() = 0;
  // Closes all connections; their streams end as lost.
  virtual void shut_down() = 0;
  virtual bool is_shut_down() const = 0;

  virtual ~Balancer() = default;
};

// What all balancers are made of. What is borrowed outlives the balancer's activity, that is:
// shut_down() comes first.
struct BalancerParts {
  Loop& loop;
  std::unique_ptr<Dialer> dialer;
  LinkOptions link;
  Random random;
  const Stores& stores;
  Guards& guards;
  Balancer::Owner& owner;
  std::size_t choices = 2;  // of least_request
  // Of all but pick_first: what endpoints are asked before they get calls; null: nothing.
  std::shared_ptr<const HealthQuestion> health = nullptr;
};

std::unique_ptr<Balancer> make_balancer(LoadBalancing kind, BalancerParts parts);

}  // namespace cpp_lite::client
