// Which endpoints of a balancer fail so much more often than they should that they get no calls for
// a while: gRFC A50's failure percentage algorithm, without clock or lock.
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/overload.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cpp_lite::policy {

// Endpoints are named by their address. Count each call that ends, sweep() once in an interval, and
// give an ejected endpoint no calls until a sweep has brought it back. For one thread.
class OutlierDetector {
 public:
  explicit OutlierDetector(const OutlierOptions& options);

  // The endpoints that there are now: new ones begin with nothing, others keep their history.
  void set_endpoints(const std::vector<std::string>& endpoints);
  // A call to it ended; policy/judgement.h says which ends count. Unknown endpoints are ignored.
  void record(std::string_view endpoint, bool failed);
  // The end of an interval. True: some endpoint was ejected or came back.
  bool sweep(SteadyTime now);
  bool ejected(std::string_view endpoint) const;
  std::size_t ejected_count() const;

 private:
  struct Endpoint {
    std::uint64_t calls = 0, failures = 0;  // of this interval
    bool ejected = false;
    SteadyTime since{};  // of an ejected one
    int ejections = 0;   // in a row; falls by one for each interval that it is not ejected
  };
  bool fails_too_often(const Endpoint& endpoint) const;
  bool room_for_ejection() const;
  bool eject(SteadyTime now);
  bool bring_back(Endpoint& endpoint, SteadyTime now) const;

  const OutlierOptions options_;
  std::vector<std::string> order_;  // of set_endpoints(), so that sweeps are reproducible
  std::unordered_map<std::string, Endpoint> endpoints_;
};

}  // namespace cpp_lite::policy
