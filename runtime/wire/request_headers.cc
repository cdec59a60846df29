#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include "wire/causes.h"
#include "wire/content_type.h"
#include "wire/headers.h"
#include "wire/metadata_fields.h"
#include "wire/retry_hints.h"
#include "wire/timeout.h"

namespace cpp_lite::wire {
namespace {

constexpr std::string_view kMeshAttempts = "x-envoy-attempt-count";

bool is_method_path(std::string_view path) {
  if (!path.starts_with('/')) return false;
  const std::size_t slash = path.rfind('/');
  return slash > 1 && slash + 1 < path.size();
}

// Digits alone; cut where an int ends, which is what a handler sees.
std::uint32_t parse_attempts(std::string_view text) {
  constexpr std::uint32_t kMost = 1'000'000'000;
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return 0;
  return error == std::errc() ? std::min(value, kMost) : kMost;
}

Refusal refuse(LocalCause cause, std::string_view detail = {}) {
  return {.status = local_status(cause, detail)};
}

}  // namespace

void write_request(FieldWriter& out, const RequestFields& request) {
  out.add_constant(":method", "POST");
  out.add(":scheme", request.scheme);
  out.add(":path", request.path);
  out.add(":authority", request.authority);
  if (request.timeout) {
    // Differs from call to call: in the HPACK table it would only push out what repeats.
    out.add_copy("grpc-timeout", TimeoutText(*request.timeout).view(), true);
  }
  out.add_constant("te", "trailers");
  out.add_constant("content-type", kGrpcContentType);
  out.add("user-agent", request.user_agent);
  if (request.encoding != Encoding::identity) {
    out.add("grpc-encoding", to_string(request.encoding));
  }
  out.add_constant("grpc-accept-encoding", kAcceptedEncodings);
  if (request.previous_attempts > 0) {
    out.add_copy("grpc-previous-rpc-attempts", std::to_string(request.previous_attempts), true);
  }
  if (request.metadata != nullptr) write_metadata(out, *request.metadata);
}

// Beside those that begin with ':' or "grpc-", or end in "-bin".
constexpr std::array<std::string_view, 5> kHeadFields = {"content-type", "te", "host", kStoreName,
                                                         kMeshAttempts};

bool change_head(RequestHead& head, std::string_view name, std::string_view value) {
  if (name == "grpc-timeout") {
    head.timeout = decode_timeout(value);
    return head.timeout.has_value();
  }
  return !name.starts_with(':') && !name.starts_with("grpc-") && !is_binary(name) &&
         std::ranges::find(kHeadFields, name) == kHeadFields.end();
}

void RequestReader::field(std::string_view name, std::string_view value) {
  if (name.starts_with("grpc-")) return grpc_field(name, value);
  if (name == ":path") return once(path_, name, value);
  if (name == ":method") return once(method_, name, value);
  if (name == ":authority") return once(authority_, name, value);
  if (name == "content-type") return once(content_type_, name, value);
  if (name == "te") return once(te_, name, value);
  if (name == "host") return once(host_, name, value);
  if (name == kStoreName) store_ = value;
  // Not to be understood means that the proof is missing.
  if (name == kMeshAttempts) mesh_repeats_ = mesh_repeats_ || value != "1";
  check_binary(name, value);
}

void RequestReader::grpc_field(std::string_view name, std::string_view value) {
  if (name == "grpc-timeout") {
    timeout_twice_ = timeout_.has_value();
    timeout_ = value;
  } else if (name == "grpc-encoding") {
    once(encoding_, name, value);
  } else if (name == "grpc-accept-encoding") {
    accepts_gzip_ = accepts_gzip_ || lists_gzip(value);
  } else if (name == "grpc-previous-rpc-attempts") {
    previous_attempts_ = parse_attempts(value);
  } else {
    check_binary(name, value);
  }
}

void RequestReader::once(Text& slot, std::string_view name, std::string_view value) {
  if (slot && duplicated_.empty()) duplicated_ = name;
  slot = value;
}

void RequestReader::check_binary(std::string_view name, std::string_view value) {
  if (is_binary(name) && malformed_binary_.empty() && !is_hidden(name) && !is_binary_value(value)) {
    malformed_binary_ = name;
  }
}

// The order matters: first whether this is gRPC at all, then what concerns the whole request, then
// its parts.
std::optional<Refusal> RequestReader::finish(RequestHead& head) const {
  head = {};
  const BodyKind body = body_kind(content_type_.value_or(""));
  if (body == BodyKind::not_grpc) {
    Refusal refusal = refuse(LocalCause::malformed_header, "content-type is not gRPC's");
    refusal.http_status = 415;
    refusal.grpc = false;
    refusal.with_body = method_ != "HEAD";
    return refusal;
  }
  if (method_ != "POST") {
    Refusal refusal = refuse(LocalCause::wrong_verb, method_.value_or("no method"));
    refusal.http_status = 405;
    return refusal;
  }
  if (!duplicated_.empty()) return refuse(LocalCause::duplicated_header, duplicated_);
  // RFC 9113 8.2.2 allows this value alone. A missing te is tolerated, see docs/wire.md.
  if (te_ && te_ != "trailers") return refuse(LocalCause::malformed_header, "te");
  if (body == BodyKind::other_codec) {
    return refuse(LocalCause::unknown_request_codec, *content_type_);
  }
  return finish_call(head);
}

std::optional<Refusal> RequestReader::finish_call(RequestHead& head) const {
  head.path = path_.value_or("");
  if (!is_method_path(head.path)) return refuse(LocalCause::bad_path, head.path);
  head.authority = authority_ ? *authority_ : host_.value_or("");
  if (timeout_) {
    head.timeout = decode_timeout(*timeout_);
    if (!head.timeout || timeout_twice_) return refuse(LocalCause::malformed_timeout);
  }
  if (!malformed_binary_.empty()) {
    return refuse(LocalCause::malformed_binary_metadata, malformed_binary_);
  }
  const auto encoding = parse_encoding(encoding_.value_or("identity"));
  if (!encoding) {
    Refusal refusal = refuse(LocalCause::unknown_request_encoding, *encoding_);
    refusal.name_encodings = true;
    return refusal;
  }
  head.encoding = *encoding;
  head.accepts_gzip = accepts_gzip_;
  head.previous_attempts = previous_attempts_;
  head.store = store_;
  head.mesh_repeats = mesh_repeats_;
  return std::nullopt;
}

}  // namespace cpp_lite::wire
