#include "wire/causes.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite::wire {
namespace {

// Said twice on purpose: a code that changes here changes what callers see.
const std::vector<std::pair<LocalCause, Code>> kExpected = {
    {LocalCause::deadline_passed, Code::deadline_exceeded},
    {LocalCause::cancelled, Code::cancelled},
    {LocalCause::bad_configuration, Code::invalid_argument},
    {LocalCause::resolving_failed, Code::unavailable},
    {LocalCause::connecting_failed, Code::unavailable},
    {LocalCause::connection_lost, Code::unavailable},
    {LocalCause::refused_by_peer, Code::unavailable},
    {LocalCause::channel_closed, Code::unavailable},
    {LocalCause::http2_violated, Code::internal},
    {LocalCause::received_message_too_large, Code::resource_exhausted},
    {LocalCause::inflated_message_too_large, Code::resource_exhausted},
    {LocalCause::sent_message_too_large, Code::resource_exhausted},
    {LocalCause::header_list_too_large, Code::resource_exhausted},
    {LocalCause::sent_header_list_too_large, Code::resource_exhausted},
    {LocalCause::bad_frame_flag, Code::internal},
    {LocalCause::truncated_message, Code::internal},
    {LocalCause::compressed_without_encoding, Code::internal},
    {LocalCause::bad_compression, Code::internal},
    {LocalCause::not_serializable, Code::internal},
    {LocalCause::not_parsable, Code::internal},
    {LocalCause::wrong_message_count, Code::unimplemented},
    {LocalCause::wrong_verb, Code::internal},
    {LocalCause::bad_path, Code::unimplemented},
    {LocalCause::unknown_service, Code::unimplemented},
    {LocalCause::unknown_method, Code::unimplemented},
    {LocalCause::unknown_request_codec, Code::unimplemented},
    {LocalCause::unknown_request_encoding, Code::unimplemented},
    {LocalCause::malformed_timeout, Code::internal},
    {LocalCause::duplicated_header, Code::internal},
    {LocalCause::malformed_header, Code::internal},
    {LocalCause::malformed_binary_metadata, Code::internal},
    {LocalCause::response_not_grpc, Code::unknown},
    {LocalCause::unknown_response_codec, Code::internal},
    {LocalCause::unknown_response_encoding, Code::internal},
    {LocalCause::status_missing, Code::unknown},
    {LocalCause::status_malformed, Code::unknown},
    {LocalCause::unsendable_metadata, Code::internal},
    {LocalCause::handler_threw, Code::unknown},
    {LocalCause::handler_queue_full, Code::unavailable},
    {LocalCause::shutting_down, Code::unavailable},
    {LocalCause::no_service_config, Code::unavailable},
};

TEST(LocalCause, HasOneCodeEach) {
  ASSERT_EQ(kExpected.size(), kLocalCauses);
  for (const auto& [cause, code] : kExpected) EXPECT_EQ(code_of(cause), code) << words_of(cause);
}

TEST(LocalCause, HasWordsOfItsOwnEach) {
  std::set<std::string_view> words;
  for (const auto& [cause, code] : kExpected) words.insert(words_of(cause));
  EXPECT_EQ(words.size(), kLocalCauses);
}

TEST(LocalStatus, SaysTheWordsAndTheDetail) {
  EXPECT_EQ(local_status(LocalCause::malformed_timeout),
            Status(Code::internal, "malformed grpc-timeout"));
  const Status status = local_status(LocalCause::connecting_failed, "refused");
  EXPECT_EQ(status, Status(Code::unavailable, "connecting failed: refused"));
  EXPECT_EQ(status.origin(), Origin::local);
}

}  // namespace
}  // namespace cpp_lite::wire
