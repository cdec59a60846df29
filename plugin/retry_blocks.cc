#include "retry_blocks.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "codes.h"
#include "config/duration.h"
#include "text.h"

namespace cpp_lite::plugin {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint32_t kFewest = 2, kMost = 5;  // gRFC A6, maxAttempts
constexpr std::uint8_t kDefaultAttempts = 3;

// CL010.
void check_max_attempts(const Site& site, const SourcePath& path, const std::string& block,
                        std::uint32_t value) {
  if (value >= kFewest && value <= kMost) return;
  site.complain_at("CL010", path,
                   block + ".max_attempts = " + std::to_string(value) +
                       ": must be 2 to 5, the first attempt included");
}

void check_list(const Site& site, const SourcePath& path, const std::string& name,
                const google::protobuf::RepeatedField<int>& list) {
  check_codes({list.begin(), list.end()}, [&](Severity severity, std::string_view id,
                                              std::size_t index, const std::string& text) {
    site.say_at(severity, id, extend(path, {static_cast<int>(index)}), name + ": " + text);
  });
}

// CL011, first half. Both durations have been checked.
void check_backoffs(const Site& site, const SourcePath& path, const RetryPolicy& retry) {
  const RetryPolicyData data = to_data(retry);
  if (data.initial_backoff <= data.max_backoff) return;
  const int field = retry.has_initial_backoff() ? RetryPolicy::kInitialBackoffFieldNumber
                                                : RetryPolicy::kMaxBackoffFieldNumber;
  site.complain_at("CL011", extend(path, {field}),
                   "retry.initial_backoff of " + config::to_readable(data.initial_backoff) +
                       " is more than retry.max_backoff of " +
                       config::to_readable(data.max_backoff));
}

// CL011, second half.
void check_multiplier(const Site& site, const SourcePath& path, const RetryPolicy& retry) {
  if (!retry.has_backoff_multiplier()) return;
  const SourcePath field = extend(path, {RetryPolicy::kBackoffMultiplierFieldNumber});
  const double value = retry.backoff_multiplier();
  const std::string given = "retry.backoff_multiplier = " + number_literal(value) + ": ";
  if (!std::isfinite(value) || value <= 0) {
    site.complain_at("CL011", field, given + "must be a number above 0");
  } else if (value < 1) {
    site.warn_at("CL011", field, given + "each wait is shorter than the one before");
  }
}

// False after a complaint.
bool check_backoff(const Site& site, const SourcePath& path, const char* name, bool given,
                   const std::string& text) {
  return !given || site.duration(path, std::string("retry.") + name, text).has_value();
}

nanoseconds duration_or(const std::string& text, nanoseconds otherwise) {
  const auto value = config::parse_duration(text);
  return value ? config::to_nanoseconds(*value) : otherwise;
}

}  // namespace

void check_retry(const Site& site, const SourcePath& path, const RetryPolicy& retry) {
  if (retry.has_max_attempts()) {
    check_max_attempts(site, extend(path, {RetryPolicy::kMaxAttemptsFieldNumber}), "retry",
                       retry.max_attempts());
  }
  const bool initial =
      check_backoff(site, extend(path, {RetryPolicy::kInitialBackoffFieldNumber}),
                    "initial_backoff", retry.has_initial_backoff(), retry.initial_backoff());
  const bool most = check_backoff(site, extend(path, {RetryPolicy::kMaxBackoffFieldNumber}),
                                  "max_backoff", retry.has_max_backoff(), retry.max_backoff());
  if (initial && most) check_backoffs(site, path, retry);
  check_multiplier(site, path, retry);
  check_list(site, extend(path, {RetryPolicy::kRetryableStatusCodesFieldNumber}),
             "retry.retryable_status_codes", retry.retryable_status_codes());
}

void check_hedging(const Site& site, const SourcePath& path, const HedgingPolicy& hedging) {
  if (hedging.has_max_attempts()) {
    check_max_attempts(site, extend(path, {HedgingPolicy::kMaxAttemptsFieldNumber}), "hedging",
                       hedging.max_attempts());
  } else {
    site.complain_at("CL010", path, "hedging.max_attempts is missing: 2 to 5 copies");
  }
  if (hedging.has_hedging_delay()) {
    site.duration(extend(path, {HedgingPolicy::kHedgingDelayFieldNumber}), "hedging.hedging_delay",
                  hedging.hedging_delay(), Bound::zero_or_more);
  } else {
    site.complain_at("CL001", path,
                     "hedging.hedging_delay is missing; \"0s\" sends all copies at once");
  }
  check_list(site, extend(path, {HedgingPolicy::kNonFatalStatusCodesFieldNumber}),
             "hedging.non_fatal_status_codes", hedging.non_fatal_status_codes());
}

RetryPolicyData to_data(const RetryPolicy& retry) {
  RetryPolicyData data;
  data.max_attempts =
      retry.has_max_attempts() ? static_cast<std::uint8_t>(retry.max_attempts()) : kDefaultAttempts;
  data.initial_backoff = duration_or(retry.initial_backoff(), data.initial_backoff);
  data.max_backoff = duration_or(retry.max_backoff(), data.max_backoff);
  if (retry.has_backoff_multiplier()) data.backoff_multiplier = retry.backoff_multiplier();
  if (retry.retryable_status_codes_size() > 0) data.codes = 0;
  for (const int code : retry.retryable_status_codes()) data.codes |= bit(code & 31);
  return data;
}

HedgingPolicyData to_data(const HedgingPolicy& hedging) {
  HedgingPolicyData data;
  data.max_attempts = static_cast<std::uint8_t>(hedging.max_attempts());
  data.delay = duration_or(hedging.hedging_delay(), data.delay);
  for (const int code : hedging.non_fatal_status_codes()) data.non_fatal_codes |= bit(code & 31);
  return data;
}

}  // namespace cpp_lite::plugin
