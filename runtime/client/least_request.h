// A connection to every address of the target; calls go where few are under way.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "client/round_robin.h"

namespace cpp_lite::client {

// Belongs to a channel and its loop. Of some endpoints at random that nothing speaks against, the
// one with the fewest calls (gRFC A48): endpoints that are slow get fewer, and no endpoint that
// looks idle gets everybody's calls at once.
class LeastRequest final : public RoundRobin {
 public:
  LeastRequest(BalancerParts parts, std::size_t choices)
      : RoundRobin(std::move(parts)), choices_(choices) {}

 private:
  std::optional<std::size_t> choose(const Wish& wish) override;
  std::size_t draw(std::size_t drawn);

  const std::size_t choices_;
  std::vector<std::size_t> order_;  // all endpoints, shuffled as far as they were drawn
};

}  // namespace cpp_lite::client
