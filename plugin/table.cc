#include "table.h"

#include <cstdint>
#include <string_view>

#include "initializer.h"
#include "stubs.h"
#include "text.h"

namespace cpp_lite::plugin {
namespace {

std::string retry_text(const RetryPolicyData& retry) {
  const RetryPolicyData usual;
  Initializer row;
  row.add(true, "max_attempts", std::to_string(retry.max_attempts));
  row.time(retry.initial_backoff, "initial_backoff", usual.initial_backoff);
  row.time(retry.max_backoff, "max_backoff", usual.max_backoff);
  row.add(retry.backoff_multiplier != usual.backoff_multiplier, "backoff_multiplier",
          number_literal(retry.backoff_multiplier));
  row.bits(retry.codes, "codes", usual.codes);
  return row.text();
}

std::string hedging_text(const HedgingPolicyData& hedging) {
  Initializer row;
  row.add(true, "max_attempts", std::to_string(hedging.max_attempts));
  row.time(hedging.delay, "delay");
  row.bits(hedging.non_fatal_codes, "non_fatal_codes");
  return row.text();
}

void add_times(const Method& method, Initializer& row) {
  const Policy& policy = method.policy;
  const bool endless = policy.default_timeout == policy.default_timeout.max();
  row.add(has_default_deadline(method), "default_timeout",
          endless ? "::cpp_lite::kUnbounded" : chrono_literal(policy.default_timeout));
  row.time(policy.max_timeout, "max_timeout");
  row.time(policy.idle_timeout, "idle_timeout");
  row.flag(policy.wait_for_ready, "wait_for_ready");
  row.time(policy.attempt_timeout, "attempt_timeout");
}

void add_key(const Key& key, Initializer& row) {
  row.add(key.field != 0, "key_field", std::to_string(key.field));
  row.add(!key.name.empty(), "key_field_name", "\"" + key.name + "\"");
  row.add(!key.metadata.empty(), "key_metadata", "\"" + key.metadata + "\"");
  row.flag(key.client_generates, "client_generates");
}

// "// text: A, B." for the methods that `wanted` picks; nothing if it picks none.
template <typename Wanted>
std::string note(const Service& service, const std::string& text, Wanted wanted) {
  std::string names;
  for (const Method& method : service.methods) {
    if (wanted(method)) names += (names.empty() ? "" : ", ") + method.name;
  }
  return names.empty() ? "" : "// " + text + ": " + names + ".\n";
}

}  // namespace

std::string table_row(const Method& method) {
  constexpr std::string_view kSafety[] = {"unsafe", "idempotent", "no_side_effects", "keyed"};
  const Policy& policy = method.policy;
  Initializer row;
  row.add(true, "path", "\"" + method.path + "\"");
  row.flag(method.client_streams, "client_streams");
  row.flag(method.server_streams, "server_streams");
  row.add(policy.safety != Safety::unsafe, "safety",
          "::cpp_lite::Safety::" + std::string(kSafety[static_cast<int>(policy.safety)]));
  add_times(method, row);
  row.add(policy.retry.max_attempts > 0, "retry", retry_text(policy.retry));
  row.add(policy.hedging.max_attempts > 0, "hedging", hedging_text(policy.hedging));
  row.flag(policy.no_retry, "no_retry");
  add_key(policy.key, row);
  return row.text() + ",\n";
}

std::string table_notes(const Service& service) {
  std::string notes;
  for (const char* const giver : {"service", "file"}) {
    const std::string policy = std::string("The retry policy of the ") + giver + " is not for ";
    const auto is_left_out = [giver](const Method& method) {
      return method.policy.retry_left_out == giver;
    };
    notes +=
        note(service, policy + "methods that are not known to be safe to repeat",
             [&](const Method& method) { return is_left_out(method) && !method.client_streams; });
    notes +=
        note(service, policy + "streams of requests, which need one of their own",
             [&](const Method& method) { return is_left_out(method) && method.client_streams; });
  }
  return notes;
}

}  // namespace cpp_lite::plugin
