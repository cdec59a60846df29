// The first header block of each direction: who asks for what, and how the messages are encoded.
// Written by one side, read and judged by the other. Pure; for any thread.
#pragma once

#include <cpp_lite/metadata.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/compress.h"
#include "wire/fields.h"
#include "wire/trailers.h"

namespace cpp_lite::wire {

inline constexpr std::string_view kUserAgent = "cpp-lite/0.1.0";

// --- Client: the request's headers ---

struct RequestFields {
  std::string_view path = {};  // "/package.Service/Method"
  std::string_view authority = {};
  std::string_view scheme = "http";
  std::string_view user_agent = kUserAgent;
  std::optional<std::chrono::nanoseconds> timeout = {};  // what is left, more than zero
  Encoding encoding = Encoding::identity;
  std::uint32_t previous_attempts = 0;
  const Metadata* metadata = nullptr;  // checked with invalid()
};
// Everything that is given must live until the fields were taken from `out`.
void write_request(FieldWriter& out, const RequestFields& request);

// --- Server: what they say ---

// Views point into the fields that were read.
struct RequestHead {
  std::string_view path;                            // "/something/something"
  std::string_view authority;                       // of :authority, else of host
  std::optional<std::chrono::nanoseconds> timeout;  // zero is possible: too late already
  Encoding encoding = Encoding::identity;           // of the request's messages
  bool accepts_gzip = false;                        // in the response's messages
  bool mesh_repeats = false;  // x-envoy-attempt-count: a proxy has sent this request before
  std::uint32_t previous_attempts = 0;  // 0 also for what is no number
  std::string_view store;  // cpp-lite-store: where an earlier attempt may have been executed
};

// How a request is answered that reaches no handler.
struct Refusal {
  Status status;
  std::uint16_t http_status = 200;
  bool grpc = true;             // false: `status` is for the log, HTTP alone answers
  bool with_body = true;        // of an answer by HTTP alone: not to HEAD (RFC 9110 section 9.3.2)
  bool name_encodings = false;  // tell grpc-accept-encoding
};

// Collects the fields of a request; read_request() is the way in.
class RequestReader {
 public:
  void field(std::string_view name, std::string_view value);
  // Nothing: `head` is good.
  std::optional<Refusal> finish(RequestHead& head) const;

 private:
  using Text = std::optional<std::string_view>;
  void once(Text& slot, std::string_view name, std::string_view value);
  void grpc_field(std::string_view name, std::string_view value);
  void check_binary(std::string_view name, std::string_view value);
  std::optional<Refusal> finish_call(RequestHead& head) const;

  Text method_, path_, authority_, host_, te_, content_type_, timeout_, encoding_;
  std::string_view duplicated_;        // the first name that came twice and must not
  std::string_view malformed_binary_;  // the first -bin name with bad base64
  bool timeout_twice_ = false;
  bool accepts_gzip_ = false;
  std::uint32_t previous_attempts_ = 0;
  std::string_view store_;
  bool mesh_repeats_ = false;
};

template <FieldSource Fields>
std::optional<Refusal> read_request(const Fields& fields, RequestHead& head) {
  RequestReader reader;
  for (std::size_t i = 0; i < fields.size(); ++i) reader.field(fields.name(i), fields.value(i));
  return reader.finish(head);
}

// Changes `head` as if this field, which it was read with, had another value. False: it takes
// read_request() to tell what that means.
bool change_head(RequestHead& head, std::string_view name, std::string_view value);

// --- Server: the response's headers ---

struct ResponseFields {
  Encoding encoding = Encoding::identity;  // of the response's messages
  bool name_encodings = false;             // so that the client may compress, too
  const Metadata* metadata = nullptr;
};
void write_response(FieldWriter& out, const ResponseFields& response);

// The answer to a refused request, for a block with END_STREAM (or, for one that is not gRPC,
// followed by kNotGrpcBody).
void write_refusal(FieldWriter& out, const Refusal& refusal);
inline constexpr std::string_view kNotGrpcBody =
    "This port speaks gRPC: POST over HTTP/2 with content-type application/grpc.\n";
// The same for HTTP/1, as a whole.
inline constexpr std::string_view kNotHttp2Answer =
    "HTTP/1.1 415 Unsupported Media Type\r\ncontent-type: text/plain; charset=utf-8\r\n"
    "content-length: 76\r\nconnection: close\r\n\r\n"
    "This port speaks gRPC: POST over HTTP/2 with content-type application/grpc.\n";
static_assert(kNotGrpcBody.size() == 76 && kNotHttp2Answer.ends_with(kNotGrpcBody));

// --- Client: what they say ---

struct ResponseHead {
  int http_status = 0;
  bool informational = false;  // 1xx: not the headers yet, another block follows
  Encoding encoding = Encoding::identity;
  bool accepts_gzip = false;
  // Set when the response is over with this block: Trailers-Only, or nothing that can be understood
  // (the stream is to be reset then, if it is still open). Else the status comes with the trailers:
  // read_status(trailers, http_status).
  std::optional<Status> over;
};

// Collects the fields of a response; read_response() is the way in.
class ResponseReader {
 public:
  void field(std::string_view name, std::string_view value);
  ResponseHead finish(bool end_stream) const;

 private:
  std::optional<Status> verdict(int http_status, bool end_stream) const;

  std::string_view http_status_, content_type_;
  std::optional<std::string_view> encoding_;
  bool accepts_gzip_ = false;
  StatusReader status_;
};

// end_stream: the block ends the response. A grpc-status in a block that does not is ignored.
template <FieldSource Fields>
ResponseHead read_response(const Fields& fields, bool end_stream) {
  ResponseReader reader;
  for (std::size_t i = 0; i < fields.size(); ++i) reader.field(fields.name(i), fields.value(i));
  return reader.finish(end_stream);
}

}  // namespace cpp_lite::wire
