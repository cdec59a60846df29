#include "config/method_config.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/duration.h"
#include "config/status_codes.h"

namespace cpp_lite::config {
namespace {

constexpr std::uint8_t kLenientAttempts = 3;

std::string text_of(FieldReader& reader, const JsonNode& object, std::string_view key) {
  const JsonNode* const node = reader.string(object, key);
  return node == nullptr ? std::string() : node->text;
}

// V2. Nothing if the name is wrong, or was seen before.
std::optional<MethodName> read_name(FieldReader& reader, const JsonNode& node, SeenNames& seen) {
  if (!reader.expect(node, JsonNode::Kind::object)) return std::nullopt;
  MethodName name{text_of(reader, node, "service"), text_of(reader, node, "method"),
                  node.position.line, node.position.column, node.index};
  if (name.service.empty() && !name.method.empty()) {
    reader.error(node, "the method " + in_quotes(name.method) + " needs a service");
    return std::nullopt;
  }
  const auto [first, is_new] = seen.try_emplace(lookup_key(name), name.line);
  if (is_new) return name;
  reader.complain(node, "the same name is in line " + std::to_string(first->second) + " already" +
                            (reader.lenient() ? "; the first one holds" : ""));
  return std::nullopt;
}

std::vector<MethodName> read_names(FieldReader& reader, const JsonNode& config, SeenNames& seen) {
  std::vector<MethodName> names;
  const JsonNode* const list = reader.array(config, "name");
  if (list == nullptr) return names;
  for (const std::uint32_t child : list->children) {
    auto name = read_name(reader, reader.document().at(child), seen);
    if (name) names.push_back(std::move(*name));
  }
  return names;
}

// V10, V13. A code by its number or its name; never OK.
std::optional<int> read_code(FieldReader& reader, const JsonNode& node) {
  std::optional<int> code;
  if (node.kind == JsonNode::Kind::number) {
    const double number = node.number;
    if (number == std::floor(number) && number >= 0 && number < kStatusCodes) {
      code = static_cast<int>(number);
    }
  } else if (node.kind == JsonNode::Kind::string) {
    code = parse_status_code(node.text);
  }
  if (!code) {
    reader.error(node, node.kind == JsonNode::Kind::string
                           ? in_quotes(node.text) + " is not a status code"
                           : "must be a status code: its name, or a whole number from 0 to 16");
  } else if (*code == 0) {
    reader.error(node, "OK is not a failure");
    code.reset();
  }
  return code;
}

// Returns the codes as bits.
std::uint32_t read_codes(FieldReader& reader, const JsonNode& list, PolicySource& source) {
  std::uint32_t bits = 0;
  for (const std::uint32_t child : list.children) {
    const JsonNode& node = reader.document().at(child);
    const auto code = read_code(reader, node);
    if (!code) continue;
    bits |= 1U << static_cast<unsigned>(*code);
    source.codes.push_back({*code, node.position.line, node.position.column, node.index});
  }
  return bits;
}

// V7, V11. 0: none or a wrong one.
std::uint8_t read_max_attempts(FieldReader& reader, const JsonNode& policy) {
  const auto attempts = reader.count(policy, "maxAttempts");
  if (!attempts) return 0;
  if (*attempts < 2) {
    reader.error(*reader.document().find(policy, "maxAttempts"),
                 "must be at least 2: the first attempt counts");
    return 0;
  }
  return static_cast<std::uint8_t>(std::min<std::uint64_t>(*attempts, UINT8_MAX));
}

// V8.
std::optional<std::chrono::nanoseconds> read_backoff(FieldReader& reader, const JsonNode& policy,
                                                     std::string_view key) {
  if (!reader.has(policy, key)) reader.error_missing(policy, key);
  const auto backoff = reader.duration(policy, key);
  if (!backoff || backoff->count() > 0) return backoff;
  reader.error(*reader.document().find(policy, key), "must be more than 0");
  return std::nullopt;
}

void read_backoffs(FieldReader& reader, const JsonNode& node, RetryPolicyData& policy) {
  const auto initial = read_backoff(reader, node, "initialBackoff");
  const auto most = read_backoff(reader, node, "maxBackoff");
  if (!initial || !most) return;
  policy.initial_backoff = *initial;
  policy.max_backoff = *most;
  if (*initial > *most) {
    reader.warn(*reader.document().find(node, "initialBackoff"),
                to_readable(*initial) + " is more than maxBackoff, " + to_readable(*most) +
                    ", which holds from the first retry on");
  }
}

// V9.
void read_multiplier(FieldReader& reader, const JsonNode& node, RetryPolicyData& policy) {
  constexpr std::string_view kKey = "backoffMultiplier";
  if (!reader.has(node, kKey)) reader.error_missing(node, kKey);
  const JsonNode* const multiplier = reader.number(node, kKey);
  if (multiplier == nullptr) return;
  policy.backoff_multiplier = multiplier->number;
  if (multiplier->number <= 0) reader.error(*multiplier, "must be more than 0");
}

void read_retry_attempts(FieldReader& reader, const JsonNode& node, RetryPolicyData& policy) {
  constexpr std::string_view kKey = "maxAttempts";
  if (reader.has(node, kKey)) {
    policy.max_attempts = read_max_attempts(reader, node);
  } else if (reader.lenient()) {
    policy.max_attempts = kLenientAttempts;
    reader.warn_missing(node, kKey, "missing; taken as " + std::to_string(kLenientAttempts));
  } else {
    reader.error_missing(node, kKey);
  }
}

// V7 to V10.
std::optional<RetryPolicyData> read_retry(FieldReader& reader, const JsonNode& node,
                                          PolicySource& source) {
  RetryPolicyData policy;
  source = {node.position.line, node.position.column, {}};
  read_retry_attempts(reader, node, policy);
  read_backoffs(reader, node, policy);
  read_multiplier(reader, node, policy);
  constexpr std::string_view kCodes = "retryableStatusCodes";
  if (!reader.has(node, kCodes)) reader.error_missing(node, kCodes);
  const JsonNode* const codes = reader.array(node, kCodes);
  if (codes == nullptr) return std::nullopt;
  policy.codes = read_codes(reader, *codes, source);
  if (!codes->children.empty()) return policy;
  reader.complain(*codes, reader.lenient() ? "empty; taken as no retry" : "must not be empty");
  return std::nullopt;
}

// V11 to V13.
HedgingPolicyData read_hedging(FieldReader& reader, const JsonNode& node, PolicySource& source) {
  HedgingPolicyData policy;
  source = {node.position.line, node.position.column, {}};
  if (!reader.has(node, "maxAttempts")) reader.error_missing(node, "maxAttempts");
  policy.max_attempts = read_max_attempts(reader, node);
  policy.delay = reader.duration(node, "hedgingDelay").value_or(std::chrono::nanoseconds(0));
  if (const JsonNode* const codes = reader.array(node, "nonFatalStatusCodes")) {
    policy.non_fatal_codes = read_codes(reader, *codes, source);
  }
  return policy;
}

void read_policies(FieldReader& reader, const JsonNode& node, MethodConfig& config) {
  const JsonNode* const retry = reader.object(node, "retryPolicy");
  const JsonNode* const hedging = reader.object(node, "hedgingPolicy");
  if (retry != nullptr) config.retry = read_retry(reader, *retry, config.retry_source);
  if (hedging != nullptr) config.hedging = read_hedging(reader, *hedging, config.hedging_source);
  if (retry != nullptr && hedging != nullptr) {
    reader.error(*hedging, "must not stand beside a retryPolicy");
  }
}

}  // namespace

std::string lookup_key(const MethodName& name) {
  return name.service.empty() ? "" : "/" + name.service + "/" + name.method;
}

MethodConfig read_method_config(FieldReader& reader, const JsonNode& node, SeenNames& seen) {
  MethodConfig config;
  config.path = reader.document().path(node);
  config.names = read_names(reader, node, seen);
  config.timeout = reader.duration(node, "timeout");
  if (const JsonNode* const timeout = reader.document().find(node, "timeout")) {
    config.timeout_line = timeout->position.line;
    config.timeout_column = timeout->position.column;
  }
  config.wait_for_ready = reader.boolean(node, "waitForReady");
  config.max_request_message_bytes = reader.count(node, "maxRequestMessageBytes");
  config.max_response_message_bytes = reader.count(node, "maxResponseMessageBytes");
  read_policies(reader, node, config);
  return config;
}

}  // namespace cpp_lite::config
