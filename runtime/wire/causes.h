// Every way in which this side alone ends a call, and the one gRPC code that each has. What the
// peer, HTTP or HTTP/2 say instead is translated in trailers.h.
#pragma once

#include <cpp_lite/status.h>

#include <cstdint>
#include <string_view>

namespace cpp_lite::wire {

enum class LocalCause : std::uint8_t {
  // Time and people.
  deadline_passed,
  cancelled,
  // The way to the peer.
  bad_configuration,  // a target or an option that makes no sense
  resolving_failed,
  connecting_failed,
  connection_lost,
  refused_by_peer,  // REFUSED_STREAM, or GOAWAY below this stream: nothing was done with it
  channel_closed,
  http2_violated,  // we reset the stream because the peer broke a rule of HTTP/2
  // Sizes.
  received_message_too_large,
  inflated_message_too_large,
  sent_message_too_large,
  header_list_too_large,
  sent_header_list_too_large,
  // Messages.
  bad_frame_flag,
  truncated_message,
  compressed_without_encoding,
  bad_compression,
  not_serializable,     // our message
  not_parsable,         // theirs
  wrong_message_count,  // of a side that has exactly one
  // Requests, at the server.
  wrong_verb,
  bad_path,
  unknown_service,
  unknown_method,
  unknown_request_codec,
  unknown_request_encoding,
  malformed_timeout,
  duplicated_header,
  malformed_header,
  malformed_binary_metadata,
  // Responses, at the client.
  response_not_grpc,
  unknown_response_codec,
  unknown_response_encoding,
  status_missing,
  status_malformed,
  // Ours.
  unsendable_metadata,
  handler_threw,
  handler_queue_full,
  shutting_down,
  no_service_config,  // a channel's was given, and no valid one so far
};

inline constexpr std::size_t kLocalCauses = 41;

Code code_of(LocalCause cause);
std::string_view words_of(LocalCause cause);

// A status with origin local: "<words of the cause>" or "<words>: <detail>".
Status local_status(LocalCause cause, std::string_view detail = {});

}  // namespace cpp_lite::wire
