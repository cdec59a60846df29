#include "wire/causes.h"

#include <array>
#include <cstddef>
#include <string>

namespace cpp_lite::wire {
namespace {

struct Row {
  LocalCause cause;
  Code code;
  std::string_view words;
};

// The table. In the order of the enum; a test holds both against each other.
constexpr std::array<Row, kLocalCauses> kTable = {{
    {LocalCause::deadline_passed, Code::deadline_exceeded, "the deadline has passed"},
    {LocalCause::cancelled, Code::cancelled, "the call was cancelled"},

    {LocalCause::bad_configuration, Code::invalid_argument, "bad configuration"},
    {LocalCause::resolving_failed, Code::unavailable, "name resolution failed"},
    {LocalCause::connecting_failed, Code::unavailable, "connecting failed"},
    {LocalCause::connection_lost, Code::unavailable, "the connection was lost"},
    {LocalCause::refused_by_peer, Code::unavailable, "the peer refused the stream unprocessed"},
    {LocalCause::channel_closed, Code::unavailable, "the channel is closed"},
    {LocalCause::http2_violated, Code::internal, "the peer broke a rule of HTTP/2"},

    {LocalCause::received_message_too_large, Code::resource_exhausted,
     "received message is larger than the limit"},
    {LocalCause::inflated_message_too_large, Code::resource_exhausted,
     "received message is larger than the limit after decompression"},
    {LocalCause::sent_message_too_large, Code::resource_exhausted,
     "message to send is larger than the limit"},
    {LocalCause::header_list_too_large, Code::resource_exhausted,
     "received header list is larger than the limit"},
    {LocalCause::sent_header_list_too_large, Code::resource_exhausted,
     "metadata to send is larger than the peer takes"},

    {LocalCause::bad_frame_flag, Code::internal, "message with an unknown flag byte"},
    {LocalCause::truncated_message, Code::internal, "the stream ended inside a message"},
    {LocalCause::compressed_without_encoding, Code::internal,
     "compressed message, but no grpc-encoding was announced"},
    {LocalCause::bad_compression, Code::internal, "message does not decompress"},
    {LocalCause::not_serializable, Code::internal, "message cannot be serialized"},
    {LocalCause::not_parsable, Code::internal, "message cannot be parsed"},
    {LocalCause::wrong_message_count, Code::unimplemented,
     "one message was expected in this direction"},

    {LocalCause::wrong_verb, Code::internal, "gRPC requests use POST"},
    {LocalCause::bad_path, Code::unimplemented, "malformed method name"},
    {LocalCause::unknown_service, Code::unimplemented, "unknown service"},
    {LocalCause::unknown_method, Code::unimplemented, "unknown method"},
    {LocalCause::unknown_request_codec, Code::unimplemented,
     "messages are spoken as application/grpc+proto only"},
    {LocalCause::unknown_request_encoding, Code::unimplemented, "unknown grpc-encoding"},
    {LocalCause::malformed_timeout, Code::internal, "malformed grpc-timeout"},
    {LocalCause::duplicated_header, Code::internal, "duplicated header"},
    {LocalCause::malformed_header, Code::internal, "malformed header"},
    {LocalCause::malformed_binary_metadata, Code::internal, "malformed base64 in metadata"},

    {LocalCause::response_not_grpc, Code::unknown, "the response is not gRPC"},
    {LocalCause::unknown_response_codec, Code::internal, "unexpected content-type of response"},
    {LocalCause::unknown_response_encoding, Code::internal, "unknown grpc-encoding of response"},
    {LocalCause::status_missing, Code::unknown, "the response ended without grpc-status"},
    {LocalCause::status_malformed, Code::unknown, "malformed grpc-status"},

    {LocalCause::unsendable_metadata, Code::internal, "metadata cannot be sent"},
    {LocalCause::handler_threw, Code::unknown, "the handler threw an exception"},
    {LocalCause::handler_queue_full, Code::unavailable, "too many calls are waiting"},
    {LocalCause::shutting_down, Code::unavailable, "the server is shutting down"},
    {LocalCause::no_service_config, Code::unavailable, "there is no valid service config yet"},
}};

const Row& row(LocalCause cause) { return kTable[static_cast<std::size_t>(cause)]; }

constexpr bool in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (static_cast<std::size_t>(kTable[i].cause) != i || kTable[i].words.empty()) return false;
  }
  return static_cast<std::size_t>(LocalCause::no_service_config) + 1 == kTable.size();
}
static_assert(in_order());

}  // namespace

Code code_of(LocalCause cause) { return row(cause).code; }

std::string_view words_of(LocalCause cause) { return row(cause).words; }

Status local_status(LocalCause cause, std::string_view detail) {
  std::string message(words_of(cause));
  if (!detail.empty()) message.append(": ").append(detail);
  return Status(code_of(cause), std::move(message));
}

}  // namespace cpp_lite::wire
