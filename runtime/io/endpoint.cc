#include "io/endpoint.h"

#include <string_view>

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

}  // namespace cpp_lite::io
