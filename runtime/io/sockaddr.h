// Endpoints as the system's socket addresses, and system errors as words.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "io/endpoint.h"

namespace cpp_lite::io {

struct SockAddr {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// False when the address is no number of its kind, or a path too long for a unix socket.
bool to_sockaddr(const Endpoint& endpoint, SockAddr& addr);
// An IPv4 address inside an IPv6 one (::ffff:1.2.3.4) becomes tcp4.
Endpoint to_endpoint(const SockAddr& addr);
// An IP address in digits; "::1" and "fe80::1%eth0", without brackets, for IPv6.
bool is_numeric(std::string_view address, Endpoint::Kind kind);

// "connection refused" for ECONNREFUSED: the system's words, beginning in lower case.
std::string error_words(int error);

}  // namespace cpp_lite::io
