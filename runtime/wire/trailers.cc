#include "wire/trailers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "wire/base64.h"
#include "wire/causes.h"
#include "wire/content_type.h"
#include "wire/percent.h"
#include "wire/retry_hints.h"
#include "wire/rpc_status.h"

namespace cpp_lite::wire {
namespace {

constexpr std::array<std::string_view, 17> kCodeTexts = {
    "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
};

// Nothing: no number. Numbers that gRPC does not define are UNKNOWN (statuscodes.md).
std::optional<Code> parse_code(std::string_view text) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || stop != end) return std::nullopt;
  if (error != std::errc() || value >= kCodeTexts.size()) return Code::unknown;
  return static_cast<Code>(value);
}

constexpr std::string_view kCutNote = " ... (cut)";
constexpr std::string_view kDetailsNote = " (details left out: too large)";
constexpr std::size_t kOuterSpace = 4;  // what percent_encode() makes longer at both ends

struct ResetRow {
  std::string_view name;
  Code code;
};

// By error code. STREAM_CLOSED and HTTP_1_1_REQUIRED are not in gRPC's table; INTERNAL as in
// grpc-go.
constexpr std::array<ResetRow, 14> kResets = {{
    {"NO_ERROR", Code::internal},
    {"PROTOCOL_ERROR", Code::internal},
    {"INTERNAL_ERROR", Code::internal},
    {"FLOW_CONTROL_ERROR", Code::internal},
    {"SETTINGS_TIMEOUT", Code::internal},
    {"STREAM_CLOSED", Code::internal},
    {"FRAME_SIZE_ERROR", Code::internal},
    {"REFUSED_STREAM", Code::unavailable},
    {"CANCEL", Code::cancelled},
    {"COMPRESSION_ERROR", Code::internal},
    {"CONNECT_ERROR", Code::internal},
    {"ENHANCE_YOUR_CALM", Code::resource_exhausted},
    {"INADEQUATE_SECURITY", Code::permission_denied},
    {"HTTP_1_1_REQUIRED", Code::internal},
}};

// The longest front of the text, in whole characters, that is no longer than `room` when encoded.
std::string_view fitting(std::string_view text, std::size_t room) {
  std::string encoded;
  percent_encode(text, encoded);
  if (encoded.size() <= room) return text;
  std::size_t size = 0;
  for (std::size_t used = 0; size < text.size(); ++size) {
    used += text[size] >= ' ' && text[size] <= '~' && text[size] != '%' ? 1 : 3;
    if (used > room) break;
  }
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return text.substr(0, size);
}

std::string encode_details(const Status& status, std::string_view message) {
  std::string text;
  if (!status.raw_details().empty()) base64_encode(encode_rpc_status(status, message), text);
  return text;
}

// Shortens what would make the whole block unreadable for the peer: the details go first, because
// half of them is nothing, then the end of the message. The message says so.
void fit(std::string& message, std::string& details) {
  std::string encoded;
  percent_encode(message, encoded);
  if (encoded.size() + details.size() <= kStatusRoom) return;
  const std::string_view note = details.empty() ? kCutNote : kDetailsNote;
  details.clear();
  message = std::string(fitting(message, kStatusRoom - note.size() - kOuterSpace)).append(note);
}

void write_pushback(FieldWriter& out, const Status& status) {
  const auto pushback = status.pushback();
  if (!pushback) return;
  if (pushback->count() < 0) return out.add(kPushbackName, "-1");
  if (status.origin() == Origin::peer) return;
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();  // A6: an int32
  out.add_copy(kPushbackName, std::to_string(std::min<std::int64_t>(pushback->count(), kMost)),
               true);
}

// What differs from error to error stays out of the HPACK table.
void write_error(FieldWriter& out, const Status& status) {
  if (status.message().empty() && status.raw_details().empty()) return;
  std::string message = to_utf8(status.message());
  std::string details = encode_details(status, message);
  fit(message, details);
  if (!message.empty()) {
    out.add_made("grpc-message", true, [&](std::string& value) { percent_encode(message, value); });
  }
  if (!details.empty()) out.add_copy("grpc-status-details-bin", details, true);
}

}  // namespace

void write_trailers(FieldWriter& out, const Status& status, const Metadata* metadata) {
  out.add("grpc-status", kCodeTexts[static_cast<std::size_t>(status.code())]);
  if (!status.ok()) {
    write_error(out, status);
    write_pushback(out, status);
  }
  if (metadata != nullptr) write_metadata(out, *metadata);
}

void write_trailers_only(FieldWriter& out, const Status& status, const Metadata* metadata,
                         bool not_executed) {
  out.add(":status", "200");
  out.add("content-type", kGrpcContentType);
  write_trailers(out, status, metadata);
  if (not_executed && !status.ok()) out.add(kNotExecutedName, "1");
}

void StatusReader::field(std::string_view name, std::string_view value) {
  if (name == "grpc-status") {
    contradictory_ = contradictory_ || (code_ && *code_ != value);
    code_ = value;
  } else if (name == "grpc-message" && !message_) {
    message_ = value;
  } else if (name == "grpc-status-details-bin" && !details_) {
    details_ = value;
  }
}

Status StatusReader::finish(int http_status) const {
  if (!code_) return status_of_http(http_status);
  if (contradictory_) return local_status(LocalCause::status_malformed, "several values");
  const std::optional<Code> code = parse_code(*code_);
  if (!code) return local_status(LocalCause::status_malformed, *code_);
  Status status(*code, percent_decode(message_.value_or("")));
  status.set_origin(Origin::peer);
  return details_ && !status.ok() ? with_details(std::move(status)) : status;
}

// Details that contradict grpc-status, or that cannot be read, are not worth the status that can.
Status StatusReader::with_details(Status status) const {
  std::string bytes;
  RpcStatus details;
  if (!base64_decode(*details_, bytes) || !decode_rpc_status(bytes, details)) return status;
  if (details.code != static_cast<std::int32_t>(status.code())) return status;
  if (!message_) status = Status(status.code(), std::move(details.message));
  for (StatusDetail& detail : details.details) status.add_raw_detail(std::move(detail));
  return status.set_origin(Origin::peer);
}

Code code_of_http(int http_status) {
  switch (http_status) {
    case 400:
      return Code::internal;
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::permission_denied;
    case 404:
      return Code::unimplemented;
    case 429:
    case 502:
    case 503:
    case 504:
      return Code::unavailable;
    default:
      return Code::unknown;
  }
}

Status status_of_http(int http_status) {
  if (http_status == 200) return local_status(LocalCause::status_missing);
  return Status(code_of_http(http_status),
                "HTTP status " + std::to_string(http_status) + " without grpc-status");
}

Code code_of_reset(std::uint32_t error) {
  return error < kResets.size() ? kResets[error].code : Code::unknown;
}

std::string_view name_of_reset(std::uint32_t error) {
  return error < kResets.size() ? kResets[error].name : std::string_view("unknown error");
}

Status status_of_reset(std::uint32_t error) {
  std::string message = "the peer reset the stream: ";
  message.append(name_of_reset(error)).append(" (").append(std::to_string(error)).append(")");
  return Status(code_of_reset(error), std::move(message));
}

}  // namespace cpp_lite::wire
