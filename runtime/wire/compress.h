// Message compression: what may be spoken, and gzip. The only place that knows zlib.
#pragma once

#include <cpp_lite/status.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace cpp_lite::wire {

enum class Encoding : std::uint8_t { identity, gzip };

// The value of our grpc-accept-encoding; identity goes without saying.
inline constexpr std::string_view kAcceptedEncodings = "gzip";

std::string_view to_string(Encoding encoding);
// Nothing: we do not speak it.
std::optional<Encoding> parse_encoding(std::string_view name);
// Whether a grpc-accept-encoding, a comma-separated list, names gzip.
bool lists_gzip(std::string_view accept_encoding);

// Compresses one message after the other; keeps zlib's 256 KiB between them. For one thread.
class Gzip {
 public:
  Gzip();
  ~Gzip();
  // Appends to `out`, which may hold a free prefix already. INTERNAL when zlib has no memory.
  Status compress(std::span<const std::uint8_t> message, std::vector<std::uint8_t>& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

// Opens received messages; keeps zlib's memory between them. For one thread.
class Gunzip {
 public:
  Gunzip();
  ~Gunzip();
  // Replaces `out`. Exactly one gzip member and nothing behind it, else INTERNAL; an inflated size
  // over `limit` is RESOURCE_EXHAUSTED, found while inflating.
  Status decompress(std::span<const std::uint8_t> compressed, std::size_t limit,
                    std::vector<std::uint8_t>& out);

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace cpp_lite::wire
