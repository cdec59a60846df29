// What a user writes to say where a server is, taken apart (grpc/grpc doc/naming.md).
#pragma once

#include <cpp_lite/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/endpoint.h"

namespace cpp_lite::io {

// Either addresses that need no lookup, or a name to resolve. A plain value.
struct Target {
  std::vector<Endpoint> endpoints;  // empty: `host` is a name
  std::string host;
  std::uint16_t port = 0;
  // The default :authority of calls: "host:port" as the user wrote it; "localhost" for unix
  // sockets.
  std::string authority;

  // Nothing sent there leaves the machine: unix sockets, loopback addresses, "localhost".
  bool is_local() const;
};

// The port of a target that names none (naming.md, "dns" and "ipv4").
inline constexpr std::uint16_t kDefaultPort = 443;

// "host:port", "1.2.3.4:5", "[::1]:5", "dns:host:port", "dns:///host:port",
// "ipv4:1.2.3.4:5,6.7.8.9:10", "ipv6:[::1]:5", "unix:path", "unix:/path", "unix:///path".
// Else INVALID_ARGUMENT, which says what is wrong with which part. Without a `default_port` a
// missing port is an error, as a listener wants it.
Status parse_target(std::string_view text, Target& target,
                    std::optional<std::uint16_t> default_port = kDefaultPort);

}  // namespace cpp_lite::io
