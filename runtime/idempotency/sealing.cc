#include "idempotency/sealing.h"

#include <algorithm>
#include <array>
#include <exception>
#include <span>
#include <utility>

#include "idempotency/record_codec.h"

namespace cpp_lite::idempotency {
namespace {

// No message begins with field number 0. Then a byte tells what follows.
constexpr std::array<std::uint8_t, 8> kMark{0, 'c', 'p', 'p', 'l', 'i', 't', 'e'};
enum class Content : std::uint8_t { clear = 0, sealed = 1 };

Bytes marked(Content kind, const Bytes& content) {
  Bytes bytes(kMark.begin(), kMark.end());
  bytes.push_back(static_cast<std::uint8_t>(kind));
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Status cannot_be_opened() { return {Code::data_loss, "cannot be opened"}; }

Result<Bytes> open_bytes(std::span<const std::uint8_t> bytes, const IdempotencyOptions& options) {
  if (!options.open) return cannot_be_opened();
  try {
    return options.open(bytes);
  } catch (const std::exception&) {  // its words may tell what is secret
    return cannot_be_opened();
  }
}

}  // namespace

StoredResult in_clear(StoredResult result) {
  if (!result.body.empty()) result.body = marked(Content::clear, result.body);
  return result;
}

StoredResult sealed(const StoredResult& result, const IdempotencyOptions& options) {
  StoredResult outside;
  outside.code = result.code;
  outside.tombstone = result.tombstone;
  try {
    outside.body = marked(Content::sealed, options.seal(encode(result)));
  } catch (const std::exception&) {
    outside.tombstone = true;
  }
  return outside;
}

bool is_marked(const StoredResult& result) {
  return result.body.size() > kMark.size() &&
         std::equal(kMark.begin(), kMark.end(), result.body.begin());
}

Result<StoredResult> opened(const StoredResult& result, const IdempotencyOptions& options) {
  const std::span<const std::uint8_t> body = result.body;
  StoredResult outside = result;
  if (!is_marked(result)) {
    Result<Bytes> bytes = open_bytes(body, options);
    if (!bytes.ok()) return bytes.status();
    outside.body = *std::move(bytes);
    return outside;
  }
  const auto content = body.subspan(kMark.size() + 1);
  if (static_cast<Content>(body[kMark.size()]) == Content::clear) {
    outside.body.assign(content.begin(), content.end());
    return outside;
  }
  const Result<Bytes> bytes = open_bytes(content, options);
  if (!bytes.ok()) return bytes.status();
  std::optional<StoredResult> inside = decode_result(*bytes);
  if (!inside) return cannot_be_opened();
  return *std::move(inside);
}

}  // namespace cpp_lite::idempotency
