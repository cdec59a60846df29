#include "wire/compress.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <string>

#include "wire/causes.h"

namespace cpp_lite::wire {
namespace {

constexpr int kGzipOnly = 15 + 16;      // the largest window, and gzip's header in place of zlib's
constexpr int kMemory = 8;              // zlib's default
constexpr std::size_t kFirstGuess = 4;  // text inflates about that much
constexpr std::size_t kLeastRoom = 512;
constexpr std::size_t kOnePiece = std::numeric_limits<uInt>::max();  // what zlib takes at once

constexpr std::size_t kBestRatio = 1032;  // of deflate: 258 bytes in 2 bits
constexpr std::size_t kMostTold = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxInflated = std::numeric_limits<std::size_t>::max() / 4;

// zlib does not write to its input but says so only when ZLIB_CONST is defined.
Bytef* input_of(std::span<const std::uint8_t> bytes) { return const_cast<Bytef*>(bytes.data()); }

uInt piece(std::size_t size) { return static_cast<uInt>(std::min(size, kOnePiece)); }

}  // namespace

std::string_view to_string(Encoding encoding) {
  return encoding == Encoding::gzip ? "gzip" : "identity";
}

std::optional<Encoding> parse_encoding(std::string_view name) {
  if (name == "identity") return Encoding::identity;
  if (name == "gzip") return Encoding::gzip;
  return std::nullopt;
}

bool lists_gzip(std::string_view accept_encoding) {
  for (std::string_view rest = accept_encoding; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string_view name = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name == "gzip") return true;
  }
  return false;
}

struct Gzip::Stream {
  z_stream z{};
  ~Stream() { deflateEnd(&z); }
};

Gzip::Gzip() = default;
Gzip::~Gzip() = default;

Status Gzip::compress(std::span<const std::uint8_t> message, std::vector<std::uint8_t>& out) {
  if (!stream_) {
    auto fresh = std::make_unique<Stream>();
    if (deflateInit2(&fresh->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipOnly, kMemory,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
      return local_status(LocalCause::not_serializable, "gzip has no memory");
    }
    stream_ = std::move(fresh);
  }
  z_stream& z = stream_->z;
  deflateReset(&z);
  const std::size_t begin = out.size();
  const std::size_t bound = deflateBound(&z, message.size());
  out.resize(begin + bound);
  z.next_in = input_of(message);
  std::size_t unread = message.size();
  std::size_t free = bound;
  z.next_out = out.data() + begin;
  int result = Z_OK;
  while (result == Z_OK) {
    const uInt in = z.avail_in = piece(unread);
    const uInt room = z.avail_out = piece(free);
    result = deflate(&z, in == unread ? Z_FINISH : Z_NO_FLUSH);
    unread -= in - z.avail_in;
    free -= room - z.avail_out;
  }
  out.resize(out.size() - free);
  if (result == Z_STREAM_END) return Status();
  return local_status(LocalCause::not_serializable, "gzip failed");
}

struct Gunzip::Stream {
  z_stream z{};
  ~Stream() { inflateEnd(&z); }

  Status inflate_all(std::span<const std::uint8_t> compressed, std::size_t limit,
                     std::vector<std::uint8_t>& out);
};

namespace {

Status bad(const z_stream& z, std::string_view otherwise) {
  return local_status(LocalCause::bad_compression, z.msg != nullptr ? z.msg : otherwise);
}

Status too_large(std::size_t limit) {
  return local_status(LocalCause::inflated_message_too_large, "limit " + std::to_string(limit));
}

// What a gzip member says about itself in its last four bytes (RFC 1952 2.3.1), modulo 2^32.
std::optional<std::size_t> told_size(std::span<const std::uint8_t> compressed) {
  constexpr std::size_t kLeast = 18;  // header and trailer
  if (compressed.size() < kLeast || compressed[0] != 0x1f || compressed[1] != 0x8b) return {};
  const auto last = compressed.last(4);
  std::size_t size = 0;
  for (std::size_t i = last.size(); i > 0; --i) size = size << 8 | last[i - 1];
  return size;
}

// Room for one byte beyond the limit, so that "exactly the limit" and "more" can be told apart.
void grow(std::vector<std::uint8_t>& out, std::size_t guess, std::size_t limit) {
  out.resize(std::min(std::max({2 * out.size(), guess, kLeastRoom}), limit + 1));
}

}  // namespace

Status Gunzip::Stream::inflate_all(std::span<const std::uint8_t> compressed, std::size_t limit,
                                   std::vector<std::uint8_t>& out) {
  limit = std::min(limit, kMaxInflated);
  // A bomb that says so costs nothing, and one that lies no more than what it admits.
  const std::optional<std::size_t> told = limit <= kMostTold ? told_size(compressed) : std::nullopt;
  if (told > kBestRatio * compressed.size()) return bad(z, "no gzip is so short for its size");
  if (told > limit) return too_large(limit);
  const std::size_t most = told.value_or(limit);
  std::size_t unread = compressed.size();
  std::size_t size = 0;
  z.next_in = input_of(compressed);
  for (int result = Z_OK; result != Z_STREAM_END && size <= most;) {
    if (size == out.size()) grow(out, kFirstGuess * compressed.size(), most);
    const uInt in = z.avail_in = piece(unread);
    const uInt room = z.avail_out = piece(out.size() - size);
    z.next_out = out.data() + size;
    result = inflate(&z, Z_NO_FLUSH);
    unread -= in - z.avail_in;
    size += room - z.avail_out;
    if (result != Z_OK && result != Z_BUF_ERROR && result != Z_STREAM_END) return bad(z, "no gzip");
    if (result != Z_STREAM_END && unread == 0 && size < out.size()) return bad(z, "truncated");
  }
  if (size > most) return told ? bad(z, "longer than it says") : too_large(limit);
  if (unread != 0) return bad(z, "bytes behind the end");
  out.resize(size);
  return Status();
}

Gunzip::Gunzip() = default;
Gunzip::~Gunzip() = default;

Status Gunzip::decompress(std::span<const std::uint8_t> compressed, std::size_t limit,
                          std::vector<std::uint8_t>& out) {
  if (!stream_) {
    auto fresh = std::make_unique<Stream>();
    if (inflateInit2(&fresh->z, kGzipOnly) != Z_OK) {
      return local_status(LocalCause::bad_compression, "gzip has no memory");
    }
    stream_ = std::move(fresh);
  }
  inflateReset(&stream_->z);
  out.clear();
  return stream_->inflate_all(compressed, limit, out);
}

}  // namespace cpp_lite::wire
