#include "imported_attempts.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "attempts.h"
#include "codes.h"
#include "keys.h"

namespace cpp_lite::plugin {

namespace pb = google::protobuf;

namespace {

constexpr std::uint8_t kMostAttempts = 5;  // what gRFC A6 caps at, and not an error there

// One method and the entry of the config that is for it.
class Import {
 public:
  Import(const pb::MethodDescriptor& method, const RetryConfig& config, Problems& problems)
      : method_(method), config_(config), entry_(config.find(method)), problems_(problems) {}

  const config::MethodConfig* entry() const { return entry_.config; }
  bool names_method() const { return entry_.names_method; }

  void complain(const std::string& text) const { complain_at(entry_.at, text); }
  void complain_at(const Position& at, const std::string& text) const {
    problems_.add(config_.severity(), at, "CL050", subject() + text);
  }
  // Beside complaints that are only warnings.
  void note(const std::string& text) const {
    if (config_.severity() == Severity::warning) complain(text);
  }
  void warn(std::string_view id, const std::string& text) const {
    problems_.add(Severity::warning, entry_.at, id, subject() + text);
  }

  // What counts of these codes: CL013 here, CL012 was complained of once for the whole block.
  std::uint32_t codes(std::uint32_t bits, const std::vector<config::ListedCode>& listed,
                      bool has_attempt_timeout) const {
    bits &= ~never_codes();
    if (has_attempt_timeout || (bits & bit(kDeadlineExceeded)) == 0) return bits;
    const auto place = std::find_if(listed.begin(), listed.end(), [](const auto& code) {
      return code.code == kDeadlineExceeded;
    });
    complain_at(config_.at(place->line, place->column),
                "DEADLINE_EXCEEDED needs attempt_timeout in the .proto (CL013)");
    return bits & ~bit(kDeadlineExceeded);
  }

 private:
  std::string subject() const { return "method " + std::string(method_.full_name()) + ": "; }

  const pb::MethodDescriptor& method_;
  const RetryConfig& config_;
  const RetryConfig::Entry entry_;
  Problems& problems_;
};

void import_retry(const pb::MethodDescriptor& method, const Import& import, Policy& policy) {
  if (policy.safety == Safety::unsafe) {
    return import.complain(
        "retryPolicy for a method that is not known to be safe to repeat (CL015): state "
        "idempotency_level, idempotency or no_retry in the .proto");
  }
  if (method.client_streaming() && !has_idempotency_level(method)) {
    return import.complain(
        "retryPolicy for a method that streams requests and has no idempotency_level (CL018)");
  }
  if (method.client_streaming() && !import.names_method()) {
    return import.complain(
        "retryPolicy for a method that streams requests counts only where the entry names the "
        "method itself (CL018)");
  }
  RetryPolicyData retry = *import.entry()->retry;
  retry.max_attempts = std::min(retry.max_attempts, kMostAttempts);
  retry.codes = import.codes(retry.codes, import.entry()->retry_source.codes,
                             policy.attempt_timeout.count() > 0);
  if (retry.codes == 0) {
    import.note("nothing that retryPolicy lists counts, so the method is not repeated");
    policy.no_retry = true;
    return;
  }
  policy.retry = retry;
  const std::string late = too_late(retry, policy);
  if (!late.empty()) import.warn("CL019", late);
}

void import_hedging(const pb::MethodDescriptor& method, const Import& import, Policy& policy) {
  const bool is_safe =
      policy.safety == Safety::idempotent || policy.safety == Safety::no_side_effects;
  if (!is_safe || method.client_streaming()) {
    return import.complain(
        "hedgingPolicy for a method that streams requests, has a key, or is not known to be safe "
        "to repeat (CL017)");
  }
  HedgingPolicyData hedging = *import.entry()->hedging;
  hedging.max_attempts = std::min(hedging.max_attempts, kMostAttempts);
  hedging.non_fatal_codes =
      import.codes(hedging.non_fatal_codes, import.entry()->hedging_source.codes,
                   policy.attempt_timeout.count() > 0);
  policy.hedging = hedging;
}

}  // namespace

void import_attempts(const pb::MethodDescriptor& method, const Run& run, Policy& policy) {
  const Import import(method, run.retry_config, run.problems);
  if (import.entry() == nullptr) return;
  const bool says_retry = import.entry()->retry_source.line > 0;
  if (import.entry()->retry) {
    import_retry(method, import, policy);
  } else if (says_retry) {
    policy.no_retry = true;  // an empty list of codes, in lenient mode
  }
  if (import.entry()->hedging) import_hedging(method, import, policy);
}

}  // namespace cpp_lite::plugin
