#include "idempotency/answers.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cpp_lite::idempotency {
namespace {

constexpr Milliseconds kNever{-1};

Status with_reason(Status status, std::string_view reason) {
  status.add_raw_detail(detail::error_info(reason));
  return status;
}

Status error(Code code, std::string text, std::string_view reason) {
  return with_reason(Status(code, std::move(text)), reason);
}

Status refused(Code code, std::string text, std::string_view reason) {
  return with_reason(Status::not_executed(code, std::move(text)), reason);
}

}  // namespace

Status busy(Milliseconds lease_left) {
  Status status = error(Code::unavailable,
                        "a request with this idempotency key is in progress; ask again for its "
                        "answer",
                        kInProgress);
  status.set_pushback(std::clamp(lease_left, Milliseconds(10), Milliseconds(1000)));
  return status;
}

Status mismatch() {
  return error(Code::invalid_argument,
               "this idempotency key was used for another request; that says nothing about what "
               "the first request did",
               kKeyReused);
}

Status key_required() {
  return error(Code::invalid_argument, "this method needs an idempotency key", kKeyRequired);
}

Status key_invalid(std::string_view why) {
  return error(Code::invalid_argument, "idempotency key: " + std::string(why), kKeyInvalid);
}

Status outcome_unknown(std::uint32_t attempt, std::optional<Time> since) {
  std::string text =
      "an execution of this request was cut short, and whether it took effect is not known";
  if (attempt > 0) text += "; attempt " + std::to_string(attempt);
  if (since) text += "; started_at_ms " + std::to_string(since->time_since_epoch().count());
  Status status = error(Code::unknown, std::move(text), kOutcomeUnknown);
  status.set_pushback(kNever);
  return status;
}

Status store_unavailable(std::string_view why) {
  return refused(Code::unavailable,
                 "the store of idempotency keys does not answer: " + std::string(why),
                 kStoreUnavailable);
}

Status full(std::string_view why) {
  return refused(Code::resource_exhausted, std::string(why), kQuota);
}

Status too_many_orphans() {
  return refused(Code::unavailable, "too many executions go on whose callers are gone", kQuota)
      .set_pushback(Milliseconds(1000));
}

Status yielded(const Status& handler, Milliseconds pause) {
  Status status(Code::unavailable, handler.message());
  status.set_pushback(pause);
  return status;
}

StoredResult stored(const HandlerEnd& end, const IdempotencyOptions& options,
                    std::uint32_t max_bytes) {
  StoredResult result;
  result.code = end.status.code();
  result.message = end.status.message();
  if (!end.status.raw_details().empty()) {
    result.details = detail::encode_details(end.status);
  }
  for (const auto& trailer : end.trailers) {
    const auto& kept = options.stored_trailers;
    if (std::find(kept.begin(), kept.end(), trailer.first) != kept.end()) {
      result.trailers.push_back(trailer);
    }
  }
  if (!end.status.ok()) return result;
  result.tombstone = end.response.size() > max_bytes;
  if (!result.tombstone) result.body = options.seal ? options.seal(end.response) : end.response;
  return result;
}

KeyedAnswer replay(const StoredResult& result, const IdempotencyOptions& options) {
  KeyedAnswer answer{.status = {}, .response = {}, .trailers = result.trailers, .replayed = true};
  if (result.tombstone) {
    answer.status =
        error(Code::unknown, "the request was executed, and its answer was not kept", kNotRetained);
    answer.status.set_pushback(kNever);
    return answer;
  }
  if (result.code == Code::ok) {
    answer.response = options.open ? options.open(result.body) : result.body;
    return answer;
  }
  answer.status = Status(result.code, result.message);
  for (StatusDetail& part : detail::decode_details(result.details)) {
    answer.status.add_raw_detail(std::move(part));
  }
  if (result.code == Code::unavailable || result.code == Code::resource_exhausted) {
    answer.status.set_pushback(kNever);
  }
  return answer;
}

}  // namespace cpp_lite::idempotency
