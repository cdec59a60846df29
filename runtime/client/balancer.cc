#include "client/balancer.h"

#include <utility>

#include "client/pick_first.h"
#include "client/round_robin.h"

namespace cpp_lite::client {

std::unique_ptr<Balancer> make_balancer(LoadBalancing kind, BalancerParts parts) {
  switch (kind) {
    case LoadBalancing::round_robin:
      return std::make_unique<RoundRobin>(std::move(parts));
    case LoadBalancing::pick_first:
      break;
  }
  return std::make_unique<PickFirst>(std::move(parts));
}

}  // namespace cpp_lite::client
