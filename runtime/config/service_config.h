// A gRPC service config as data, and the reader of its JSON (grpc/grpc doc/service_config.md; gRFC
// A6, A21; docs/rules.md, "Service configs").
//
// Plain values and pure functions; a config never changes once it is read, so any thread may look
// into it. The generator compiles this file too. ServiceConfig here is the data;
// cpp_lite::ServiceConfig is the handle that users hold.
#pragma once

#include <cpp_lite/method.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cpp_lite::config {

// Something about the text, and where it is in it.
struct Finding {
  int line = 0;  // both count from 1; columns are bytes
  int column = 0;
  std::string path;  // "methodConfig[2].retryPolicy.maxAttempts"; empty: the whole document
  std::string text;  // "missing"
};

// A text that is wrong all over needs no more than these to tell it; "and more" stands for the
// rest.
inline constexpr std::size_t kMostFindings = 100;
// Unless there are more of them already than will be told.
void add(std::vector<Finding>& findings, Finding finding);

// "5:17: methodConfig[2].retryPolicy.maxAttempts: missing".
std::string to_string(const Finding& finding);

// One entry of `name`: a method, a service (no method), or the default (neither).
struct MethodName {
  std::string service;  // "package.Service"
  std::string method;
  int line = 0;
  int column = 0;
  std::size_t index = 0;  // in the list, also in the other structs here
};

// One entry of retryableStatusCodes or nonFatalStatusCodes, as it was written.
struct ListedCode {
  int code = 0;
  int line = 0;
  int column = 0;
  std::size_t index = 0;
};

// Where a policy begins in the text, and what it lists: for whoever checks it against a .proto.
struct PolicySource {
  int line = 0;
  int column = 0;
  std::vector<ListedCode> codes;  // in the order of the text, repeated ones included
};

// One entry of methodConfig. What is absent says nothing.
struct MethodConfig {
  std::string path;                                 // "methodConfig[2]"
  std::vector<MethodName> names;                    // those that this entry serves
  std::optional<std::chrono::nanoseconds> timeout;  // the caller's may be shorter
  int timeout_line = 0, timeout_column = 0;         // where it stands
  std::optional<bool> wait_for_ready;
  std::optional<std::uint64_t> max_request_message_bytes;
  std::optional<std::uint64_t> max_response_message_bytes;
  // At most one of these two. max_attempts is as stated, at most 255.
  std::optional<RetryPolicyData> retry;
  std::optional<HedgingPolicyData> hedging;
  PolicySource retry_source;    // of `retry`
  PolicySource hedging_source;  // of `hedging`
};

// The bucket that failures empty (docs/rules.md R31 to R37).
struct RetryThrottling {
  double max_tokens = 0;   // within (0, 1000]
  double token_ratio = 0;  // at least 0.001
};

enum class LoadBalancing : std::uint8_t { pick_first, round_robin, least_request };

struct ServiceConfig {
  std::uint64_t version = 0;          // of those that its handle has had, from 1; 0: it has none
  bool hedges = false;                // some entry has a hedgingPolicy
  std::vector<MethodConfig> methods;  // in the order of the text
  std::optional<RetryThrottling> throttling;
  std::optional<LoadBalancing> load_balancing;
  std::optional<std::uint64_t> choice_count;  // of least_request; at least 2
  std::optional<std::string> health_check_service;

  // What holds for "/package.Service/Method": the entry that names the method, else the one that
  // names its service, else the default one, else null. Allocates nothing.
  const MethodConfig* find(std::string_view method_path) const;

  // For find(): "/package.Service/Method", "/package.Service/" or "", and the entry in `methods`.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index;
};

enum class Mode : std::uint8_t {
  strict,   // as gRPC reads it
  lenient,  // also what generators accept: no maxAttempts in a retryPolicy: 3; an empty
            // retryableStatusCodes: no retry; of two equal names the first one
};

struct Parsed {
  bool ok() const { return errors.empty(); }

  ServiceConfig config;  // to be used only if ok()
  // All of them, or kMostFindings and "and more", in the order of the text.
  std::vector<Finding> errors;
  std::vector<Finding> warnings;
};

Parsed parse_service_config(std::string_view json, Mode mode = Mode::strict);

}  // namespace cpp_lite::config
