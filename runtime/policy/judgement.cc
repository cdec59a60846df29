#include "policy/judgement.h"

#include <algorithm>
#include <string_view>

#include "policy/error_info.h"

namespace cpp_lite::policy {
namespace {

constexpr std::string_view kReplayed = "idempotent-replayed";

bool tells_trouble(Code code) {
  switch (code) {
    case Code::unavailable:
    case Code::deadline_exceeded:
    case Code::resource_exhausted:
    case Code::internal:
    case Code::unknown:
      return true;
    default:
      return false;
  }
}

template <typename Test>
bool any_reason(const Status& status, Test test) {
  const auto& details = status.raw_details();
  return std::any_of(details.begin(), details.end(),
                     [&](const StatusDetail& detail) { return test(error_reason(detail)); });
}

// A server that keeps keys is at work.
bool tells_of_a_key(std::string_view reason) { return reason.starts_with("IDEMPOTENCY_"); }

}  // namespace

Judgement judge(const RawReply& reply) {
  if (reply.headers.contains(kReplayed) || reply.trailers.contains(kReplayed)) {
    return Judgement::ignored;
  }
  if (reply.status.ok()) return Judgement::success;
  if (!tells_trouble(reply.status.code()) || any_reason(reply.status, tells_of_a_key) ||
      any_reason(reply.status, is_refusal_reason)) {
    return Judgement::ignored;
  }
  return Judgement::failure;
}

bool reached_an_end(const RawReply& reply) {
  return reply.status.code() != Code::cancelled && !any_reason(reply.status, is_refusal_reason);
}

}  // namespace cpp_lite::policy
