#include "idempotency/answers.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "idempotency/sealing.h"

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

// 2026-11-22T01:08:30.123Z
std::string in_rfc_3339(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

Status refused(Code code, std::string text, std::string_view reason) {
  return with_reason(Status::not_executed(code, std::move(text)), reason);
}

Status not_retained(std::string_view what_became_of_it) {
  Status status = error(
      Code::unknown, "the request was executed, and its answer " + std::string(what_became_of_it),
      kNotRetained);
  status.set_pushback(kNever);
  return status;
}

KeyedAnswer replay_of(const StoredResult& result) {
  KeyedAnswer answer{.status = {}, .response = {}, .replayed = true};
  for (const auto& [name, value] : result.trailers) answer.trailers.add(name, value);
  if (result.tombstone) {
    answer.status = not_retained("was not kept");
    return answer;
  }
  if (result.code == Code::ok) {
    answer.response = result.body;
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

}  // namespace

Status busy(Milliseconds lease_left) {
  Status status = error(Code::unavailable,
                        "a request with this idempotency key is in progress; ask again for its "
                        "answer",
                        kInProgress);
  status.set_pushback(std::clamp(lease_left, Milliseconds(10), Milliseconds(1000)));
  return status;
}

Status mismatch(const Method& method) {
  constexpr std::string_view kWhy = "was used for another request";
  Status status = error(Code::invalid_argument,
                        "this idempotency key was used for another request; that says nothing "
                        "about what the first request did",
                        kKeyReused);
  const std::string_view field =
      method.key_field != 0 ? method.key_field_name : method.key_metadata;
  if (!field.empty()) status.add_raw_detail(detail::bad_request(field, kWhy));
  return status;
}

Status key_required() {
  return error(Code::invalid_argument, "this method needs an idempotency key", kKeyRequired);
}

Status key_invalid(std::string_view why) {
  return error(Code::invalid_argument, "idempotency key: " + std::string(why), kKeyInvalid);
}

Status outcome_unknown(std::uint32_t attempt, std::optional<Time> since) {
  std::vector<std::pair<std::string, std::string>> facts;
  if (attempt > 0) facts.emplace_back("attempt", std::to_string(attempt));
  if (since) facts.emplace_back("started_at", in_rfc_3339(*since));
  std::string text =
      "an execution of this request was cut short, and whether it took effect is not known";
  for (const auto& [name, value] : facts) text += "; " + name + " " + value;
  Status status(Code::unknown, std::move(text));
  status.add_raw_detail(detail::error_info(kOutcomeUnknown, facts));
  status.set_pushback(kNever);
  return status;
}

Status scope_invalid(std::string_view name, std::string_view why) {
  return error(Code::invalid_argument,
               "the metadata \"" + std::string(name) +
                   "\" tells whose idempotency key it is: " + std::string(why),
               kScopeInvalid);
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
  for (const auto& [name, value] : end.trailers) {
    const auto& kept = options.stored_trailers;
    if (std::find(kept.begin(), kept.end(), name) != kept.end()) {
      result.trailers.emplace_back(name, value);
    }
  }
  if (end.status.ok()) {
    result.tombstone = end.response.size() > max_bytes;
    if (!result.tombstone) result.body = end.response;
  }
  return options.seal ? sealed(result, options) : result;
}

KeyedAnswer replay(const StoredResult& result, const IdempotencyOptions& options) {
  const bool unmarked = options.open && result.code == Code::ok && !result.body.empty();
  if (!unmarked && !is_marked(result)) return replay_of(result);
  const Result<StoredResult> open = opened(result, options);
  if (open.ok()) return replay_of(*open);
  return {.status = not_retained(open.status().message()), .response = {}, .replayed = true};
}

}  // namespace cpp_lite::idempotency
