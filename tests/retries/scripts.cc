#include "scripts.h"

#include <algorithm>
#include <deque>

namespace cpp_lite::retries {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint32_t bit(int code) { return 1U << static_cast<unsigned>(code); }

RetryPolicyData any_policy(Dice& dice) {
  RetryPolicyData policy;
  policy.max_attempts = static_cast<std::uint8_t>(2 + dice.below(5));
  policy.initial_backoff = dice.pick<nanoseconds>({10ms, 50ms, 400ms});
  policy.max_backoff = dice.pick<nanoseconds>({60ms, 1s, 20s});
  policy.backoff_multiplier = dice.pick<double>({1, 1.5, 3});
  if (dice.one_in(6)) policy.codes = 0;
  while (policy.codes == 0 || dice.one_in(2)) policy.codes |= bit(1 + dice.below(16));
  return policy;
}

// Every combination that matters. They live for ever, as generated ones do.
const std::vector<Method>& methods() {
  static const std::vector<Method> all = [] {
    static std::deque<std::string> paths;
    Dice dice(1);
    std::vector<Method> made;
    for (int i = 0; i < 200; ++i) {
      Method method;
      method.path = paths.emplace_back("/s.S/M" + std::to_string(i));
      method.safety = static_cast<Safety>(i % 4);
      method.server_streams = i % 3 == 0;
      method.client_streams = i % 5 == 2;
      if (i / 4 % 4 == 1) method.retry = any_policy(dice);
      if (i / 16 % 3 == 1) method.attempt_timeout = dice.pick<nanoseconds>({30ms, 200ms, 2s});
      method.no_retry = i / 48 == 3;
      made.push_back(method);
    }
    return made;
  }();
  return all;
}

std::string in_seconds(nanoseconds time) {
  const std::string nanos = std::to_string(time.count() % 1'000'000'000);
  return '"' + std::to_string(time / 1s) + '.' + std::string(9 - nanos.size(), '0') + nanos + "s\"";
}

std::string codes_json(std::uint32_t codes) {
  std::string listed;
  for (int code = 1; code <= 16; ++code) {
    if ((codes & bit(code)) == 0) continue;
    listed += std::string(listed.empty() ? "" : ",") + '"' +
              std::string(to_string(static_cast<Code>(code))) + '"';
  }
  return '[' + listed + ']';
}

std::string hedging_json(const HedgingPolicyData& policy) {
  return R"("methodConfig":[{"name":[{}],"hedgingPolicy":{"maxAttempts":)" +
         std::to_string(policy.max_attempts) + R"(,"hedgingDelay":)" + in_seconds(policy.delay) +
         R"(,"nonFatalStatusCodes":)" + codes_json(policy.non_fatal_codes) + "}}]";
}

std::string policy_json(const RetryPolicyData& policy) {
  return R"("methodConfig":[{"name":[{}],"retryPolicy":{"maxAttempts":)" +
         std::to_string(policy.max_attempts) + R"(,"initialBackoff":)" +
         in_seconds(policy.initial_backoff) + R"(,"maxBackoff":)" + in_seconds(policy.max_backoff) +
         R"(,"backoffMultiplier":)" + std::to_string(policy.backoff_multiplier) +
         R"(,"retryableStatusCodes":)" + codes_json(policy.codes) + "}}]";
}

std::string config_json(const ChannelRules& rules,
                        const std::optional<HedgingPolicyData>& hedging = {}) {
  std::string inside;
  if (rules.policy) inside = policy_json(*rules.policy);
  if (hedging) inside = hedging_json(*hedging);
  if (rules.throttling) {
    inside += std::string(inside.empty() ? "" : ",") + R"("retryThrottling":{"maxTokens":)" +
              std::to_string(rules.throttling->max_tokens) + R"(,"tokenRatio":)" +
              std::to_string(rules.throttling->token_ratio) + '}';
  }
  return inside.empty() ? "" : '{' + inside + '}';
}

ChannelRules any_rules(Dice& dice) {
  ChannelRules rules;
  rules.retries = !dice.one_in(12);
  rules.trust_refused = !dice.one_in(5);
  rules.assume_keyed = dice.one_in(3);
  rules.max_attempts = dice.pick<int>({1, 2, 3, 5, 5, 5});
  rules.shared = !dice.one_in(3);
  if (dice.one_in(3)) rules.policy = any_policy(dice);
  if (rules.shared && dice.one_in(4)) {
    rules.throttling = Throttling{2 + dice.below(9), dice.pick<double>({0.1, 0.5, 1})};
  }
  return rules;
}

CallScript any_call(Dice& dice) {
  CallScript call;
  call.method = &dice.pick(methods());
  call.has_key = call.method->safety == Safety::keyed && !dice.one_in(4);
  call.wait = dice.one_in(2) ? 0ns : dice.some_time();
  if (!dice.one_in(3)) {
    call.deadline = dice.some_time() + dice.pick<nanoseconds>({1ms, 20ms, 300ms, 3s, 30s});
  }
  if (dice.one_in(8)) call.cancel_after = dice.some_time();
  const int pauses = call.method->client_streams ? 1 + dice.below(3) : 0;
  for (int i = 0; i < pauses; ++i) {
    call.pauses.push_back(dice.one_in(2) ? 0ns : dice.some_time());
  }
  return call;
}

Reply::Kind any_kind(Dice& dice) {
  using Kind = Reply::Kind;
  if (dice.one_in(3)) return Kind::trailers_only;
  return static_cast<Kind>(dice.below(static_cast<int>(Kind::data_without_headers) + 1));
}

void add_status(Dice& dice, Reply& reply) {
  static const std::vector<std::vector<std::string>> kPushbacks = {
      {"20"},  {"0"},          {"700"}, {"-1"}, {"-20"},      {"x"},       {""},
      {"007"}, {"2147483648"}, {"+5"},  {" 5"}, {"10", "10"}, {"-1", "5"}, {"9999999999999"}};
  reply.code = dice.one_in(2) ? 14 : dice.pick<int>({0, 1,  2,  3,  4,  5,  6,  7,  8,  8,
                                                     9, 10, 11, 12, 13, 14, 15, 16, 17, 99});
  reply.marker = dice.one_in(3);
  if (dice.one_in(4)) reply.pushbacks = dice.pick(kPushbacks);
}

// Whether the request has an effect. A peer to be believed does not lie about that.
bool has_effect(Dice& dice, const Reply& reply, bool believable) {
  using Kind = Reply::Kind;
  const Kind kind = reply.kind == Kind::goaway_not_below || reply.kind == Kind::goaway_below
                        ? reply.after
                        : reply.kind;
  if (kind == Kind::trailers_only && reply.marker) return false;
  if (believable && kind == Kind::reset && reply.error == 7) return false;
  return !dice.one_in(8);
}

}  // namespace

nanoseconds Dice::some_time() {
  static const std::vector<nanoseconds> kScales = {1us, 100us, 10ms, 10ms, 100ms, 1s, 5s};
  const nanoseconds most = pick(kScales);
  const auto whole =
      nanoseconds(static_cast<std::int64_t>(fraction() * 1000) * most.count() / 1000);
  return whole / 1000 * 1000 + nanoseconds(1 + times_++ % 997);
}

Script make_script(Dice& dice) {
  Script script;
  script.rules = any_rules(dice);
  script.service_config = config_json(script.rules);
  if (dice.one_in(8)) script.failing_dials = 1 + dice.below(3);
  // Calls at the same time must not come near the end of the budget, whose order is not foretold.
  const int calls = script.rules.shared ? 1 + dice.below(dice.one_in(6) ? 12 : 3) : 2;
  for (int i = 0; i < calls; ++i) script.calls.push_back(any_call(dice));
  return script;
}

WideScript make_wide_script(Dice& dice) {
  WideScript script{.base = make_script(dice)};
  script.endpoints = dice.one_in(4) ? 1 : 2;
  script.round_robin = !dice.one_in(4);
  script.one_store = dice.one_in(2);
  if (script.endpoints > 1 && dice.one_in(2)) return script;
  script.hedging = HedgingPolicyData{
      .max_attempts = static_cast<std::uint8_t>(2 + dice.below(4)),
      .delay = dice.pick<nanoseconds>({0ns, 0ns, 1ms, 10ms, 50ms, 300ms}),
      .non_fatal_codes = bit(14) | (dice.one_in(2) ? bit(1 + dice.below(16)) : 0),
  };
  script.base.rules.policy = {};
  script.base.service_config = config_json(script.base.rules, script.hedging);
  return script;
}

Reply make_reply(Dice& dice, bool believable) {
  Reply reply;
  reply.kind = any_kind(dice);
  do {
    reply.after = any_kind(dice);
  } while (reply.after == Reply::Kind::goaway_below ||
           reply.after == Reply::Kind::goaway_not_below);
  reply.delay = dice.some_time();
  if (dice.one_in(2)) reply.pause = dice.some_time();
  reply.error = dice.one_in(2) ? 7 : static_cast<std::uint32_t>(dice.below(16));
  reply.above = dice.pick<std::int32_t>({0, 2, 1000});
  reply.bare = dice.one_in(2);
  reply.store = dice.one_in(2);
  reply.new_store = dice.one_in(10);
  reply.eager = dice.one_in(4);
  add_status(dice, reply);
  const bool http = reply.kind == Reply::Kind::http_error || reply.after == Reply::Kind::http_error;
  if (http) reply.code = dice.pick<int>({400, 401, 403, 404, 418, 429, 500, 502, 503, 504});
  reply.early = dice.one_in(2);
  reply.executes = has_effect(dice, reply, believable);
  return reply;
}

}  // namespace cpp_lite::retries
