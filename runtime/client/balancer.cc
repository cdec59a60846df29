#include "client/balancer.h"

#include <utility>

#include "client/least_request.h"
#include "client/pick_first.h"
#include "client/round_robin.h"

namespace cpp_lite::client {

std::unique_ptr<Balancer> make_balancer(LoadBalancing kind, BalancerParts parts) {
  const std::size_t choices = parts.choices;
  switch (kind) {
    case LoadBalancing::round_robin:
      return std::make_unique<RoundRobin>(std::move(parts));
    case LoadBalancing::least_request:
      return std::make_unique<LeastRequest>(std::move(parts), choices);
    case LoadBalancing::pick_first:
      break;
  }
  return std::make_unique<PickFirst>(std::move(parts));
}

}  // namespace cpp_lite::client
