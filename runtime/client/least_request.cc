#include "client/least_request.h"

#include <numeric>

namespace cpp_lite::client {

std::optional<std::size_t> LeastRequest::choose(const Wish& wish) {
  if (order_.size() != count()) {
    order_.resize(count());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
  }
  std::optional<std::size_t> best;
  std::pair<int, std::size_t> least;  // what speaks against it, then its calls
  std::size_t compared = 0;           // that nothing speaks against
  for (std::size_t i = 0; i < order_.size() && compared < choices_; ++i) {
    const std::size_t at = draw(i);
    const std::optional<int> against = objections(at, wish);
    if (!against) continue;
    if (*against == 0) ++compared;
    const std::pair<int, std::size_t> cost(*against, load(at));
    if (best && cost >= least) continue;
    best = at;
    least = cost;
  }
  return best;
}

// One at random of those that were not drawn before this one.
std::size_t LeastRequest::draw(std::size_t drawn) {
  const auto left = static_cast<double>(order_.size() - drawn);
  std::swap(order_[drawn], order_[drawn + static_cast<std::size_t>(random() * left)]);
  return order_[drawn];
}

}  // namespace cpp_lite::client
