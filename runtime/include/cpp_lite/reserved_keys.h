// Names of metadata that gRPC, HTTP and this library keep for themselves. For the runtime, which
// refuses them, and the generator, which refuses to name a key like that.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cpp_lite::detail {

// Those of the connection may not appear in HTTP/2 at all (RFC 9113 8.2.2). A content-length would
// make the stream malformed if it were wrong.
inline constexpr std::array<std::string_view, 10> kReservedKeys = {
    "connection", "content-length",    "content-type", "host",
    "keep-alive", "proxy-connection",  "te",           "upgrade",
    "user-agent", "transfer-encoding",
};

// Of a key in lower case.
constexpr bool is_reserved_key(std::string_view key) {
  return key.starts_with(':') || key.starts_with("grpc-") || key.starts_with("cpp-lite-") ||
         std::find(kReservedKeys.begin(), kReservedKeys.end(), key) != kReservedKeys.end();
}

}  // namespace cpp_lite::detail
