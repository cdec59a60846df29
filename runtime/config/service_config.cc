#include "config/service_config.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "config/field_reader.h"
#include "config/json.h"
#include "config/method_config.h"

namespace cpp_lite::config {
namespace {

constexpr double kMaxTokens = 1000;
constexpr double kThousandth = 0.001;  // what is less is cut off (docs/rules.md R36)

constexpr const char* kKnownPolicies = "pick_first, round_robin and least_request_experimental are";

std::optional<LoadBalancing> known_policy(std::string_view name) {
  if (name == "pick_first") return LoadBalancing::pick_first;
  if (name == "round_robin") return LoadBalancing::round_robin;
  if (name == "least_request_experimental") return LoadBalancing::least_request;
  return std::nullopt;
}

void read_methods(FieldReader& reader, const JsonNode& root, ServiceConfig& config) {
  const JsonNode* const list = reader.array(root, "methodConfig");
  if (list == nullptr) return;
  SeenNames seen;
  for (const std::uint32_t child : list->children) {
    const JsonNode& node = reader.document().at(child);
    if (!reader.expect(node, JsonNode::Kind::object)) continue;
    config.methods.push_back(read_method_config(reader, node, seen));
    for (const MethodName& name : config.methods.back().names) {
      config.index.emplace(lookup_key(name), config.methods.size() - 1);
    }
  }
}

// V14, V15: of more than 0, to three decimals.
double read_tokens(FieldReader& reader, const JsonNode& node, std::string_view key) {
  if (!reader.has(node, key)) reader.error_missing(node, key);
  const JsonNode* const tokens = reader.number(node, key);
  if (tokens == nullptr) return 0;
  if (tokens->number <= 0) {
    reader.error(*tokens, "must be more than 0");
  } else if (tokens->number < kThousandth) {
    reader.error(*tokens, "is 0 to three decimals, and more do not count");
  }
  return tokens->number;
}

void read_throttling(FieldReader& reader, const JsonNode& root, ServiceConfig& config) {
  const JsonNode* const node = reader.object(root, "retryThrottling");
  if (node == nullptr) return;
  config.throttling = RetryThrottling{read_tokens(reader, *node, "maxTokens"),
                                      read_tokens(reader, *node, "tokenRatio")};
  if (config.throttling->max_tokens > kMaxTokens) {
    reader.error(*reader.document().find(*node, "maxTokens"), "must be at most 1000");
  }
}

// gRFC A48. pick_first and round_robin have nothing that we know.
void read_choices(FieldReader& reader, const JsonNode& policy, ServiceConfig& config) {
  if (config.load_balancing != LoadBalancing::least_request) return;
  config.choice_count = reader.count(policy, "choiceCount");
  if (config.choice_count.value_or(2) < 2) {
    reader.error(*reader.document().find(policy, "choiceCount"), "must be at least 2");
  }
}

// V16: the first one that we know. An entry is an object of one member, {"the policy": {...}}.
void read_policy_list(FieldReader& reader, const JsonNode& list, ServiceConfig& config) {
  bool is_well_formed = true;
  for (const std::uint32_t child : list.children) {
    const JsonNode& entry = reader.document().at(child);
    if (!reader.expect(entry, JsonNode::Kind::object)) {
      is_well_formed = false;
    } else if (entry.children.size() != 1) {
      reader.error(entry, "must have exactly one member, the name of a policy");
      is_well_formed = false;
    } else if (!config.load_balancing) {
      const JsonNode& policy = reader.document().at(entry.children.front());
      config.load_balancing = known_policy(policy.key);
      const JsonNode* const body =
          config.load_balancing ? reader.object(entry, policy.key) : nullptr;
      if (body != nullptr) read_choices(reader, *body, config);
    }
  }
  if (is_well_formed && !config.load_balancing) {
    reader.error(list, std::string("no policy of the list is known: ") + kKnownPolicies);
  }
}

// loadBalancingPolicy is what loadBalancingConfig replaced, and goes unread beside it.
void read_load_balancing(FieldReader& reader, const JsonNode& root, ServiceConfig& config) {
  if (reader.has(root, "loadBalancingConfig")) {
    const JsonNode* const list = reader.array(root, "loadBalancingConfig");
    if (list != nullptr) read_policy_list(reader, *list, config);
    return;
  }
  const JsonNode* const policy = reader.string(root, "loadBalancingPolicy");
  if (policy == nullptr) return;
  std::string name = policy->text;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  config.load_balancing = known_policy(name);
  if (!config.load_balancing) {
    reader.error(*policy, in_quotes(policy->text) + " is not known: " + kKnownPolicies);
  }
}

// V17.
void read_health_check(FieldReader& reader, const JsonNode& root, ServiceConfig& config) {
  const JsonNode* const node = reader.object(root, "healthCheckConfig");
  if (node == nullptr) return;
  const JsonNode* const service = reader.string(*node, "serviceName");
  if (service != nullptr) config.health_check_service = service->text;
}

void finish(std::vector<Finding>& findings) {
  const bool more = findings.size() > kMostFindings;
  if (more) findings.resize(kMostFindings);
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  if (more) findings.push_back({findings.back().line, findings.back().column, "", "and more"});
}

}  // namespace

void add(std::vector<Finding>& findings, Finding finding) {
  if (findings.size() <= kMostFindings) findings.push_back(std::move(finding));
}

std::string to_string(const Finding& finding) {
  std::string text = std::to_string(finding.line) + ":" + std::to_string(finding.column) + ": ";
  if (!finding.path.empty()) text += finding.path + ": ";
  return text + finding.text;
}

const MethodConfig* ServiceConfig::find(std::string_view method_path) const {
  auto found = index.find(method_path);
  if (found == index.end()) found = index.find(method_path.substr(0, method_path.rfind('/') + 1));
  if (found == index.end()) found = index.find(std::string_view());
  return found == index.end() ? nullptr : &methods[found->second];
}

Parsed parse_service_config(std::string_view json, Mode mode) {
  Parsed parsed;
  const JsonDocument document = JsonDocument::parse(json);
  for (const JsonFault& fault : document.faults()) {
    add(parsed.errors, {fault.position.line, fault.position.column, fault.path, fault.text});
  }
  if (document.empty()) return parsed;
  FieldReader reader(document, mode, parsed);
  if (reader.expect(document.root(), JsonNode::Kind::object)) {
    read_methods(reader, document.root(), parsed.config);
    read_throttling(reader, document.root(), parsed.config);
    read_load_balancing(reader, document.root(), parsed.config);
    read_health_check(reader, document.root(), parsed.config);
  }
  finish(parsed.errors);
  finish(parsed.warnings);
  return parsed;
}

}  // namespace cpp_lite::config
