#include "io/endpoint.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cpp_lite::io {

std::string Endpoint::to_string() const {
  switch (kind) {
    case Kind::tcp4:
      return "ipv4:" + address + ":" + std::to_string(port);
    case Kind::tcp6:
      return "ipv6:[" + address + "]:" + std::to_string(port);
    case Kind::local:
      break;
  }
  return "unix:" + address;
}

bool Endpoint::is_local() const {
  switch (kind) {
    case Kind::tcp4:
      return std::string_view(address).starts_with("127.");  // all of 127.0.0.0/8
    case Kind::tcp6:
      return address == "::1" || std::string_view(address).starts_with("::ffff:127.");
    case Kind::local:
      break;
  }
  return true;
}

std::vector<Endpoint> families_in_turn(std::vector<Endpoint> endpoints) {
  const auto middle = std::stable_partition(
      endpoints.begin(), endpoints.end(),
      [kind = endpoints.empty() ? Endpoint::Kind::tcp4 : endpoints.front().kind](
          const Endpoint& endpoint) { return endpoint.kind == kind; });
  std::vector<Endpoint> mixed;
  mixed.reserve(endpoints.size());
  for (auto one = endpoints.begin(), other = middle; mixed.size() < endpoints.size();) {
    if (one != middle) mixed.push_back(std::move(*one++));
    if (other != endpoints.end()) mixed.push_back(std::move(*other++));
  }
  return mixed;
}

}  // namespace cpp_lite::io
