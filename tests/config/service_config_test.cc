#include "config/service_config.h"

#include <gtest/gtest.h>

#include <string>

#include "config/config_text.h"

namespace cpp_lite::config {
namespace {

using namespace std::chrono_literals;

std::uint32_t bit(int code) { return 1U << static_cast<unsigned>(code); }

ServiceConfig taken(const std::string& json, Mode mode = Mode::strict) {
  Parsed parsed = parse_service_config(json, mode);
  EXPECT_EQ(paths_and_texts(parsed.errors), "");
  return std::move(parsed.config);
}

MethodConfig taken_method(const std::string& json, Mode mode = Mode::strict) {
  ServiceConfig config = taken(json, mode);
  return config.methods.empty() ? MethodConfig() : std::move(config.methods.front());
}

TEST(ServiceConfig, ReadsWhatAMethodHas) {
  const MethodConfig method = taken_method(with_method(
      R"("timeout": "1.5s", "waitForReady": true,
         "maxRequestMessageBytes": 0, "maxResponseMessageBytes": 4194304)"));
  EXPECT_EQ(method.timeout, 1500ms);
  EXPECT_EQ(method.wait_for_ready, true);
  EXPECT_EQ(method.max_request_message_bytes, 0U);
  EXPECT_EQ(method.max_response_message_bytes, 4194304U);
}

TEST(ServiceConfig, SaysNothingAboutWhatIsAbsent) {
  const MethodConfig method = taken_method(with_method(R"("waitForReady": null)"));
  EXPECT_FALSE(method.timeout || method.wait_for_ready || method.max_request_message_bytes ||
               method.max_response_message_bytes || method.retry || method.hedging);
  const ServiceConfig empty = taken("{}");
  EXPECT_FALSE(empty.throttling || empty.load_balancing || empty.health_check_service);
}

TEST(ServiceConfig, ReadsARetryPolicy) {
  const auto retry =
      taken_method(with_retry("retryableStatusCodes", R"(["UNAVAILABLE", 10])")).retry;
  ASSERT_TRUE(retry);
  EXPECT_EQ(retry->max_attempts, 4);
  EXPECT_EQ(retry->initial_backoff, 100ms);
  EXPECT_EQ(retry->max_backoff, 2s);
  EXPECT_EQ(retry->backoff_multiplier, 1.5);
  EXPECT_EQ(retry->codes, bit(14) | bit(10));
}

TEST(ServiceConfig, ReadsAHedgingPolicy) {
  const auto hedging = taken_method(with_method(R"("hedgingPolicy": {"maxAttempts": 3,
      "hedgingDelay": "0.05s", "nonFatalStatusCodes": ["UNAVAILABLE", "aborted"]})"))
                           .hedging;
  ASSERT_TRUE(hedging);
  EXPECT_EQ(hedging->max_attempts, 3);
  EXPECT_EQ(hedging->delay, 50ms);
  EXPECT_EQ(hedging->non_fatal_codes, bit(14) | bit(10));
}

TEST(ServiceConfig, SendsHedgesAtOnceUnlessADelayIsGiven) {
  const auto hedging = taken_method(with_method(R"("hedgingPolicy": {"maxAttempts": 2})")).hedging;
  ASSERT_TRUE(hedging);
  EXPECT_EQ(hedging->delay, 0s);
  EXPECT_EQ(hedging->non_fatal_codes, 0U);
}

// A6: "integer or case-insensitive string".
TEST(ServiceConfig, ReadsCodesAsNumbersAndNamesInAnyCase) {
  const auto codes = [](const std::string& list) {
    return taken_method(with_retry("retryableStatusCodes", list)).retry->codes;
  };
  EXPECT_EQ(codes(R"(["resource_exhausted"])"), bit(8));
  EXPECT_EQ(codes(R"(["Resource_Exhausted"])"), bit(8));
  EXPECT_EQ(codes("[8]"), bit(8));
  EXPECT_EQ(codes("[8.0]"), bit(8));
  EXPECT_EQ(codes(R"([1, "UNAUTHENTICATED"])"), bit(1) | bit(16));
}

TEST(ServiceConfig, KeepsTheAttemptsThatWereAskedFor) {
  EXPECT_EQ(taken_method(with_retry("maxAttempts", "6")).retry->max_attempts, 6);
  EXPECT_EQ(taken_method(with_retry("maxAttempts", "255")).retry->max_attempts, 255);
  EXPECT_EQ(taken_method(with_retry("maxAttempts", "256")).retry->max_attempts, 255);
  EXPECT_EQ(taken_method(with_retry("maxAttempts", "1e300")).retry->max_attempts, 255);
}

TEST(ServiceConfig, KeepsSizesUpToTheLargestNumber) {
  const auto size = [](const std::string& number) {
    return taken_method(with_method("\"maxRequestMessageBytes\": " + number))
        .max_request_message_bytes;
  };
  EXPECT_EQ(size("18446744073709551616"), UINT64_MAX);
  EXPECT_EQ(size("1e2"), 100U);
}

TEST(ServiceConfig, ReadsRetryThrottling) {
  const auto throttling =
      taken(R"({"retryThrottling": {"maxTokens": 10, "tokenRatio": 0.5}})").throttling;
  ASSERT_TRUE(throttling);
  EXPECT_EQ(throttling->max_tokens, 10);
  EXPECT_EQ(throttling->token_ratio, 0.5);
}

TEST(ServiceConfig, TakesTheFirstLoadBalancingPolicyThatItKnows) {
  EXPECT_EQ(taken(R"({"loadBalancingConfig": [{"xds": {}}, {"round_robin": {}},
                                              {"pick_first": {}}]})")
                .load_balancing,
            LoadBalancing::round_robin);
  EXPECT_EQ(taken(R"({"loadBalancingConfig": [{"pick_first": {"shuffleAddressList": true}}]})")
                .load_balancing,
            LoadBalancing::pick_first);
}

TEST(ServiceConfig, ReadsFromHowManyEndpointsTheLeastBusyIsTaken) {
  const ServiceConfig config =
      taken(R"({"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 4}}]})");
  EXPECT_EQ(config.load_balancing, LoadBalancing::least_request);
  EXPECT_EQ(config.choice_count, 4u);
  EXPECT_FALSE(
      taken(R"({"loadBalancingConfig": [{"least_request_experimental": {}}]})").choice_count);
}

TEST(ServiceConfig, PrefersTheListToTheOldLoadBalancingPolicy) {
  EXPECT_EQ(taken(R"({"loadBalancingPolicy": "round_robin"})").load_balancing,
            LoadBalancing::round_robin);
  EXPECT_EQ(taken(R"({"loadBalancingPolicy": "PICK_FIRST"})").load_balancing,
            LoadBalancing::pick_first);
  EXPECT_EQ(taken(R"({"loadBalancingPolicy": "grpclb",
                      "loadBalancingConfig": [{"pick_first": {}}]})")
                .load_balancing,
            LoadBalancing::pick_first);
}

TEST(ServiceConfig, ReadsTheServiceOfTheHealthCheck) {
  EXPECT_EQ(taken(R"({"healthCheckConfig": {"serviceName": "a.B"}})").health_check_service, "a.B");
}

// docs/rules.md R2.
TEST(ServiceConfig, PrefersAMethodToItsServiceToTheDefault) {
  const ServiceConfig config = taken(R"({"methodConfig": [
      {"timeout": "1s", "name": [{}]},
      {"timeout": "2s", "name": [{"service": "a.B"}]},
      {"timeout": "3s", "name": [{"service": "a.B", "method": "C"}, {"service": "a.D"}]}]})");
  EXPECT_EQ(config.find("/a.B/C")->timeout, 3s);
  EXPECT_EQ(config.find("/a.B/c")->timeout, 2s);
  EXPECT_EQ(config.find("/a.D/C")->timeout, 3s);
  EXPECT_EQ(config.find("/a.b/C")->timeout, 1s);
  EXPECT_EQ(config.find("/B/C")->timeout, 1s);
  EXPECT_EQ(config.find("")->timeout, 1s);
}

TEST(ServiceConfig, FindsNothingForAMethodThatNoEntryNames) {
  const ServiceConfig config = taken(R"({"methodConfig": [
      {"timeout": "1s"}, {"timeout": "2s", "name": [{"service": "a.B", "method": "C"}]}]})");
  EXPECT_EQ(config.find("/a.B/D"), nullptr);
  EXPECT_EQ(config.find("/a.B/"), nullptr);
  EXPECT_EQ(config.find("a.B/C"), nullptr);
  EXPECT_EQ(config.find(""), nullptr);
}

TEST(ServiceConfig, DoesNotMixTheEntriesOfAMethodAndItsService) {
  const ServiceConfig config = taken(R"({"methodConfig": [
      {"timeout": "2s", "name": [{"service": "a.B"}]},
      {"waitForReady": true, "name": [{"service": "a.B", "method": "C"}]}]})");
  EXPECT_EQ(config.find("/a.B/C")->timeout, std::nullopt);
}

TEST(ServiceConfig, ReportsAllErrorsInTheOrderOfTheText) {
  const Parsed parsed = parse_service_config(R"({
  "retryThrottling": {"maxTokens": 0, "tokenRatio": 1},
  "methodConfig": [{
    "retryPolicy": {
      "initialBackoff": "soon",
      "maxBackoff": "1s",
      "backoffMultiplier": 2,
      "retryableStatusCodes": ["UNAVAILABLE",
                               "GONE"]
    }, "timeout": 5
  }]
})");
  std::string lines;
  for (const Finding& error : parsed.errors) lines += to_string(error) + "\n";
  EXPECT_EQ(lines,
            "2:36: retryThrottling.maxTokens: must be more than 0\n"
            "4:20: methodConfig[0].retryPolicy.maxAttempts: missing\n"
            "5:25: methodConfig[0].retryPolicy.initialBackoff: \"soon\" is not a duration such as "
            "\"1.5s\"\n"
            "9:32: methodConfig[0].retryPolicy.retryableStatusCodes[1]: \"GONE\" is not a status "
            "code\n"
            "10:19: methodConfig[0].timeout: must be a string\n");
}

TEST(ServiceConfig, TellsWhereNamesAndCodesStand) {
  const MethodConfig method = taken_method(R"({"methodConfig": [{
  "name": [{"service": "a.B"},
           {"service": "a.C", "method": "D"}],
  "retryPolicy": {
    "maxAttempts": 2, "initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 1,
    "retryableStatusCodes": [
      "UNAVAILABLE",
      4, "UNAVAILABLE"]
  }}]})");
  EXPECT_EQ(method.path, "methodConfig[0]");
  ASSERT_EQ(method.names.size(), 2U);
  EXPECT_EQ(method.names[1].service, "a.C");
  EXPECT_EQ(method.names[1].method, "D");
  EXPECT_EQ(method.names[1].line, 3);
  EXPECT_EQ(method.names[1].column, 12);
  EXPECT_EQ(method.retry_source.line, 4);
  ASSERT_EQ(method.retry_source.codes.size(), 3U);
  EXPECT_EQ(method.retry_source.codes[0].line, 7);
  EXPECT_EQ(method.retry_source.codes[1].code, 4);
  EXPECT_EQ(method.retry_source.codes[2].line, 8);
  EXPECT_EQ(method.retry_source.codes[2].column, 10);
}

TEST(ServiceConfig, WarnsOfAFirstBackoffOverTheLargest) {
  const std::string json = with_retry("initialBackoff", "\"3s\"");
  EXPECT_EQ(warnings(json),
            "methodConfig[0].retryPolicy.initialBackoff: 3 s is more than maxBackoff, 2 s, which "
            "holds from the first retry on");
  EXPECT_EQ(taken_method(json).retry->initial_backoff, 3s);
  EXPECT_EQ(warnings(with_retry("initialBackoff", "\"2s\"")), "");
}

// docs/rules.md, "Service configs": grpc-go takes it, the grammar does not.
TEST(ServiceConfig, WarnsOfADurationThatBeginsWithThePoint) {
  const std::string json = with_retry("initialBackoff", "\".01s\"");
  EXPECT_EQ(warnings(json),
            "methodConfig[0].retryPolicy.initialBackoff: write \"0.01s\": a digit belongs before "
            "the point");
  EXPECT_EQ(taken_method(json).retry->initial_backoff, 10ms);
  EXPECT_NE(errors(with_retry("initialBackoff", "\".s\"")), "");
}

TEST(ServiceConfig, IsNotToldAllThatIsWrongWithoutEnd) {
  std::string names;
  for (int i = 0; i < 1000; ++i) names += i == 0 ? "5" : ",\n5";
  const Parsed parsed = parse_service_config("{\"methodConfig\": [" + names + "]}");
  ASSERT_EQ(parsed.errors.size(), kMostFindings + 1);
  EXPECT_EQ(to_string(parsed.errors[0]), "1:19: methodConfig[0]: must be an object");
  EXPECT_EQ(to_string(parsed.errors[99]), "100:1: methodConfig[99]: must be an object");
  EXPECT_EQ(to_string(parsed.errors[100]), "100:1: and more");
}

TEST(ServiceConfig, KeepsWhereItsTimeoutsAndCodesStand) {
  const Parsed parsed = parse_service_config(R"({"methodConfig": [{"name": [{}],
"timeout": "1s", "hedgingPolicy": {"maxAttempts": 2, "nonFatalStatusCodes": [14, 10]}}]})");
  ASSERT_TRUE(parsed.ok());
  const MethodConfig& method = parsed.config.methods.at(0);
  EXPECT_EQ(method.timeout_line, 2);
  EXPECT_EQ(method.timeout_column, 12);
  ASSERT_EQ(method.hedging_source.codes.size(), 2U);
  EXPECT_EQ(method.hedging_source.codes[1].index, 1U);
}

}  // namespace
}  // namespace cpp_lite::config
