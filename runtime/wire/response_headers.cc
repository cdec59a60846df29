#include <string>

#include "wire/causes.h"
#include "wire/content_type.h"
#include "wire/headers.h"
#include "wire/metadata_fields.h"

namespace cpp_lite::wire {
namespace {

// The three digits of :status, or 0.
int parse_http_status(std::string_view text) {
  if (text.size() != 3) return 0;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return 0;
    value = value * 10 + (c - '0');
  }
  return value >= 100 ? value : 0;
}

}  // namespace

void write_response(FieldWriter& out, const ResponseFields& response) {
  out.add(":status", "200");
  out.add("content-type", kGrpcContentType);
  if (response.encoding != Encoding::identity) {
    out.add("grpc-encoding", to_string(response.encoding));
  }
  if (response.name_encodings) out.add("grpc-accept-encoding", kAcceptedEncodings);
  if (response.metadata != nullptr) write_metadata(out, *response.metadata);
}

void write_refusal(FieldWriter& out, const Refusal& refusal) {
  out.add_copy(":status", std::to_string(refusal.http_status));
  if (!refusal.grpc) {
    out.add("content-type", "text/plain; charset=utf-8");
    out.add_copy("content-length", std::to_string(kNotGrpcBody.size()));
    return;
  }
  out.add("content-type", kGrpcContentType);
  if (refusal.http_status == 405) out.add("allow", "POST");  // RFC 9110 15.5.6 demands it
  if (refusal.name_encodings) out.add("grpc-accept-encoding", kAcceptedEncodings);
  write_trailers(out, refusal.status);
}

void ResponseReader::field(std::string_view name, std::string_view value) {
  if (name == ":status") {
    http_status_ = value;
  } else if (name == "content-type") {
    content_type_ = value;
  } else if (name == "grpc-encoding") {
    encoding_ = value;
  } else if (name == "grpc-accept-encoding") {
    accepts_gzip_ = accepts_gzip_ || lists_gzip(value);
  } else {
    status_.field(name, value);
  }
}

ResponseHead ResponseReader::finish(bool end_stream) const {
  ResponseHead head;
  head.http_status = parse_http_status(http_status_);
  head.accepts_gzip = accepts_gzip_;
  head.informational = head.http_status >= 100 && head.http_status < 200 && !end_stream;
  if (head.informational) return head;
  head.over = verdict(head.http_status, end_stream);
  if (!head.over) head.encoding = *parse_encoding(encoding_.value_or("identity"));
  return head;
}

// Nothing: the response goes on.
std::optional<Status> ResponseReader::verdict(int http_status, bool end_stream) const {
  if (http_status == 0) return local_status(LocalCause::response_not_grpc, "no :status");
  // A grpc-status at the end of the stream counts, whatever a proxy made of the fields around it.
  if (end_stream && status_.found()) return status_.finish(http_status);
  const BodyKind body = body_kind(content_type_);
  if (body == BodyKind::not_grpc && http_status != 200) return status_of_http(http_status);
  if (body == BodyKind::not_grpc) {
    return local_status(LocalCause::response_not_grpc,
                        "content-type \"" + std::string(content_type_) + '"');
  }
  if (end_stream) return status_.finish(http_status);
  if (body == BodyKind::other_codec) {
    return local_status(LocalCause::unknown_response_codec, content_type_);
  }
  if (encoding_ && !parse_encoding(*encoding_)) {
    return local_status(LocalCause::unknown_response_encoding, *encoding_);
  }
  return std::nullopt;
}

}  // namespace cpp_lite::wire
