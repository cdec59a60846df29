#include "policy/judgement.h"

#include <algorithm>

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

// A server that keeps keys is at work; and what a policy refused here never reached one.
bool says_nothing(const StatusDetail& detail) {
  const std::string_view reason = error_reason(detail);
  return reason.starts_with("IDEMPOTENCY_") || is_refusal_reason(reason);
}

}  // namespace

Judgement judge(const RawReply& reply) {
  if (reply.headers.contains(kReplayed) || reply.trailers.contains(kReplayed)) {
    return Judgement::ignored;
  }
  if (reply.status.ok()) return Judgement::success;
  const auto& details = reply.status.raw_details();
  if (!tells_trouble(reply.status.code()) ||
      std::any_of(details.begin(), details.end(), says_nothing)) {
    return Judgement::ignored;
  }
  return Judgement::failure;
}

}  // namespace cpp_lite::policy
