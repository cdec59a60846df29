// Where a listener or a peer is: an IP address and a port, or the path of a unix socket.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cpp_lite::io {

// A value without a system handle: parsing and printing it needs no network.
struct Endpoint {
  // `local` is a unix stream socket. (`unix` is a macro where compiler extensions are on.)
  enum class Kind : std::uint8_t { tcp4, tcp6, local };

  Kind kind = Kind::tcp4;
  std::string address;     // "127.0.0.1", "::1", "fe80::1%eth0", "/run/payments.sock"
  std::uint16_t port = 0;  // 0 for unix sockets, and for a listener that takes any port

  // "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:/run/payments.sock".
  std::string to_string() const;
  // Bytes sent there do not leave the machine: loopback addresses and unix sockets.
  bool is_local() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

// The same ones, IPv4 and IPv6 in turn as long as there are both, the first one's kind first (RFC
// 8305 section 4): where one family leads nowhere, the second try is of the other.
std::vector<Endpoint> families_in_turn(std::vector<Endpoint> endpoints);

}  // namespace cpp_lite::io
