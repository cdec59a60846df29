#include "io/sockaddr.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>

namespace cpp_lite::io {
namespace {

// Writes the right kind of address into the storage; the standard allows it by memcpy alone.
template <typename Addr>
void store(const Addr& from, std::size_t size, SockAddr& to) {
  std::memcpy(&to.storage, &from, size);
  to.size = static_cast<socklen_t>(size);
}

template <typename Addr>
Addr load(const SockAddr& from) {
  Addr to;
  std::memcpy(&to, &from.storage, sizeof(to));
  return to;
}

bool tcp4_to_sockaddr(const Endpoint& endpoint, SockAddr& addr) {
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_port = htons(endpoint.port);
  if (inet_pton(AF_INET, endpoint.address.c_str(), &in.sin_addr) != 1) return false;
  store(in, sizeof(in), addr);
  return true;
}

// What stands behind "%": the number or the name of a network interface.
bool parse_zone(const std::string& zone, std::uint32_t& index) {
  const char* end = zone.data() + zone.size();
  const auto [stop, error] = std::from_chars(zone.data(), end, index);
  if (error == std::errc() && stop == end) return true;
  index = if_nametoindex(zone.c_str());
  return index != 0;
}

bool tcp6_to_sockaddr(const Endpoint& endpoint, SockAddr& addr) {
  sockaddr_in6 in{};
  in.sin6_family = AF_INET6;
  in.sin6_port = htons(endpoint.port);
  const std::size_t percent = endpoint.address.find('%');
  const std::string digits = endpoint.address.substr(0, percent);
  if (inet_pton(AF_INET6, digits.c_str(), &in.sin6_addr) != 1) return false;
  if (percent != std::string::npos &&
      !parse_zone(endpoint.address.substr(percent + 1), in.sin6_scope_id)) {
    return false;
  }
  store(in, sizeof(in), addr);
  return true;
}

bool local_to_sockaddr(const Endpoint& endpoint, SockAddr& addr) {
  sockaddr_un un{};
  un.sun_family = AF_UNIX;
  const std::string& path = endpoint.address;
  if (path.empty() || path.size() >= sizeof(un.sun_path)) return false;
  std::memcpy(un.sun_path, path.data(), path.size());
  store(un, offsetof(sockaddr_un, sun_path) + path.size() + 1, addr);
  return true;
}

Endpoint tcp4_endpoint(const in_addr& address, std::uint16_t port) {
  std::array<char, INET_ADDRSTRLEN> text{};
  inet_ntop(AF_INET, &address, text.data(), text.size());
  return {Endpoint::Kind::tcp4, text.data(), port};
}

Endpoint tcp6_endpoint(const sockaddr_in6& in) {
  const std::uint16_t port = ntohs(in.sin6_port);
  if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) {
    in_addr inner;
    std::memcpy(&inner, in.sin6_addr.s6_addr + 12, sizeof(inner));
    return tcp4_endpoint(inner, port);
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size());
  std::string address = text.data();
  std::array<char, IF_NAMESIZE> zone{};
  if (in.sin6_scope_id != 0) {
    const bool named = if_indextoname(in.sin6_scope_id, zone.data()) != nullptr;
    address += '%' + (named ? zone.data() : std::to_string(in.sin6_scope_id));
  }
  return {Endpoint::Kind::tcp6, address, port};
}

Endpoint local_endpoint(const SockAddr& addr) {
  const auto un = load<sockaddr_un>(addr);
  constexpr std::size_t kBegin = offsetof(sockaddr_un, sun_path);
  const std::size_t size = addr.size > kBegin ? addr.size - kBegin : 0;
  const std::size_t limit = std::min(size, sizeof(un.sun_path));
  return {Endpoint::Kind::local, std::string(un.sun_path, strnlen(un.sun_path, limit)), 0};
}

}  // namespace

bool to_sockaddr(const Endpoint& endpoint, SockAddr& addr) {
  switch (endpoint.kind) {
    case Endpoint::Kind::tcp4:
      return tcp4_to_sockaddr(endpoint, addr);
    case Endpoint::Kind::tcp6:
      return tcp6_to_sockaddr(endpoint, addr);
    case Endpoint::Kind::local:
      return local_to_sockaddr(endpoint, addr);
  }
  return false;
}

Endpoint to_endpoint(const SockAddr& addr) {
  if (addr.storage.ss_family == AF_INET6) return tcp6_endpoint(load<sockaddr_in6>(addr));
  if (addr.storage.ss_family == AF_UNIX) return local_endpoint(addr);
  const auto in = load<sockaddr_in>(addr);
  return tcp4_endpoint(in.sin_addr, ntohs(in.sin_port));
}

bool is_numeric(std::string_view address, Endpoint::Kind kind) {
  SockAddr ignored;
  return kind != Endpoint::Kind::local && to_sockaddr({kind, std::string(address), 0}, ignored);
}

std::string error_words(int error) {
  std::string words = std::generic_category().message(error);
  if (!words.empty() && words[0] >= 'A' && words[0] <= 'Z') {
    words[0] = static_cast<char>(words[0] - 'A' + 'a');
  }
  return words;
}

}  // namespace cpp_lite::io
