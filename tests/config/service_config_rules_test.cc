// Every rejection rule of docs/rules.md, V1 to V17: what is refused, with which words, and beside
// it the nearest text that is taken.
#include <gtest/gtest.h>

#include <string>

#include "config/config_text.h"

namespace cpp_lite::config {
namespace {

constexpr const char* kTaken = "";  // no error at all

const std::string kRetry = "methodConfig[0].retryPolicy.";
const std::string kHedging = "methodConfig[0].hedgingPolicy.";

TEST(ServiceConfigRules, V1RefuseWhatIsNotJson) {
  EXPECT_TRUE(errors("{").starts_with(": not JSON: syntax error")) << errors("{");
  EXPECT_EQ(errors("{}"), kTaken);
}

TEST(ServiceConfigRules, V1RefuseTextAfterTheDocument) {
  EXPECT_NE(errors("{} {}"), kTaken);
  EXPECT_EQ(errors("{} \n"), kTaken);
}

TEST(ServiceConfigRules, V1RefuseADocumentThatIsNoObject) {
  EXPECT_EQ(errors("[]"), ": must be an object");
  EXPECT_EQ(errors("\"{}\""), ": must be an object");
  EXPECT_EQ(errors("null"), ": must be an object");
}

TEST(ServiceConfigRules, V1RefuseEqualKeysAnywhere) {
  EXPECT_EQ(errors(with_method(R"("timeout": "1s", "timeout": "1s")")),
            "methodConfig[0].timeout: this key is in line 1 already");
  EXPECT_EQ(errors(R"({"unknown": {"a": 1, "a": 1}})"), "unknown.a: this key is in line 1 already");
  EXPECT_EQ(errors(R"({"unknown": {"a": 1, "A": 1}})"), kTaken);
}

TEST(ServiceConfigRules, IgnoreWhatTheyDoNotKnow) {
  EXPECT_EQ(errors(with_method(R"("timeouts": "soon", "retryPolicies": 5)")), kTaken);
}

TEST(ServiceConfigRules, RefuseKnownFieldsOfAnotherKind) {
  EXPECT_EQ(errors(R"({"methodConfig": {}})"), "methodConfig: must be an array");
  EXPECT_EQ(errors(R"({"methodConfig": [5]})"), "methodConfig[0]: must be an object");
  EXPECT_EQ(errors(with_method(R"("retryPolicy": [])")),
            "methodConfig[0].retryPolicy: must be an object");
  EXPECT_EQ(errors(R"({"methodConfig": [{}]})"), kTaken);
}

TEST(ServiceConfigRules, TakeNullForAbsent) {
  EXPECT_EQ(errors(with_method(R"("timeout": null, "waitForReady": null, "retryPolicy": null)")),
            kTaken);
  EXPECT_EQ(errors(R"({"methodConfig": null, "retryThrottling": null,
                       "loadBalancingConfig": null, "healthCheckConfig": null})"),
            kTaken);
  EXPECT_EQ(errors(with_retry("maxAttempts", "null")), kRetry + "maxAttempts: missing");
}

TEST(ServiceConfigRules, V2RefuseTheSameNameTwiceAnywhere) {
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": "a.B", "method": "C"}]},
                                        {"name": [{"service": "a.B", "method": "C"}]}]})"),
            "methodConfig[1].name[0]: the same name is in line 1 already");
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": "a.B", "method": "C"},
                                                  {"service": "a.B"}]},
                                        {"name": [{"service": "a.B", "method": "c"}, {}]}]})"),
            kTaken);
}

TEST(ServiceConfigRules, V2TakeEmptyNullAndAbsentNamesForTheSame) {
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": "a.B", "method": ""},
                                                  {"service": "a.B", "method": null},
                                                  {"service": "a.B"}]}]})"),
            "methodConfig[0].name[1]: the same name is in line 1 already\n"
            "methodConfig[0].name[2]: the same name is in line 1 already");
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": ""}, {}]}]})"),
            "methodConfig[0].name[1]: the same name is in line 1 already");
}

TEST(ServiceConfigRules, V2RefuseAMethodWithoutAService) {
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"method": "C"}]}]})"),
            "methodConfig[0].name[0]: the method \"C\" needs a service");
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": "C"}]}]})"), kTaken);
}

TEST(ServiceConfigRules, V2RefuseNamesThatAreNoStrings) {
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": ["a.B"]}]})"),
            "methodConfig[0].name[0]: must be an object");
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [{"service": 5}]}]})"),
            "methodConfig[0].name[0].service: must be a string");
}

TEST(ServiceConfigRules, V2ReadAnEntryWithoutNamesAllTheSame) {
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [], "timeout": "soon"}]})"),
            "methodConfig[0].timeout: \"soon\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(errors(R"({"methodConfig": [{"name": [], "timeout": "1s"}, {"timeout": "1s"}]})"),
            kTaken);
}

TEST(ServiceConfigRules, V3RefuseATimeoutThatIsNoDuration) {
  const std::string path = "methodConfig[0].timeout: ";
  EXPECT_EQ(errors(with_method(R"("timeout": "5")")),
            path + "\"5\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(errors(with_method(R"("timeout": "5ms")")),
            path + "\"5ms\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(errors(with_method(R"("timeout": "1.s")")),
            path + "\"1.s\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(errors(with_method(R"("timeout": 5)")), path + "must be a string");
  EXPECT_EQ(errors(with_method(R"("timeout": "5s")")), kTaken);
}

TEST(ServiceConfigRules, V3RefuseMoreThanTenThousandYears) {
  EXPECT_EQ(errors(with_method(R"("timeout": "315576000001s")")),
            "methodConfig[0].timeout: \"315576000001s\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(errors(with_method(R"("timeout": "315576000000s")")), kTaken);
}

TEST(ServiceConfigRules, V3RefuseANegativeTimeout) {
  EXPECT_EQ(errors(with_method(R"("timeout": "-0.001s")")),
            "methodConfig[0].timeout: must not be negative");
  EXPECT_EQ(errors(with_method(R"("timeout": "0s")")), kTaken);
}

TEST(ServiceConfigRules, V4RefuseWaitForReadyThatIsNoBoolean) {
  EXPECT_EQ(errors(with_method(R"("waitForReady": "true")")),
            "methodConfig[0].waitForReady: must be true or false");
  EXPECT_EQ(errors(with_method(R"("waitForReady": 1)")),
            "methodConfig[0].waitForReady: must be true or false");
  EXPECT_EQ(errors(with_method(R"("waitForReady": true)")), kTaken);
}

TEST(ServiceConfigRules, V5RefuseMessageSizesThatAreNoCounts) {
  for (const std::string key : {"maxRequestMessageBytes", "maxResponseMessageBytes"}) {
    const std::string member = "\"" + key + "\": ";
    const std::string path = "methodConfig[0]." + key + ": ";
    EXPECT_EQ(errors(with_method(member + "-1")), path + "must not be negative");
    EXPECT_EQ(errors(with_method(member + "0.5")), path + "must be a whole number");
    EXPECT_EQ(errors(with_method(member + "\"5\"")), path + "must be a number");
    EXPECT_EQ(errors(with_method(member + "0")), kTaken);
  }
}

TEST(ServiceConfigRules, V6RefuseRetryingAndHedgingTogether) {
  const std::string hedging = R"("hedgingPolicy": {"maxAttempts": 2})";
  const std::string retry = with_retry("", "");
  const std::string both = retry.substr(0, retry.size() - 3) + ", " + hedging + "}]}";
  EXPECT_EQ(errors(both), "methodConfig[0].hedgingPolicy: must not stand beside a retryPolicy");
  EXPECT_EQ(errors(retry), kTaken);
  EXPECT_EQ(errors(with_method(hedging)), kTaken);
}

TEST(ServiceConfigRules, V7RefuseFewerThanTwoAttempts) {
  const std::string path = kRetry + "maxAttempts: ";
  EXPECT_EQ(errors(with_retry("maxAttempts", "")), path + "missing");
  EXPECT_EQ(errors(with_retry("maxAttempts", "1")),
            path + "must be at least 2: the first attempt counts");
  EXPECT_EQ(errors(with_retry("maxAttempts", "0")),
            path + "must be at least 2: the first attempt counts");
  EXPECT_EQ(errors(with_retry("maxAttempts", "-3")), path + "must not be negative");
  EXPECT_EQ(errors(with_retry("maxAttempts", "2.5")), path + "must be a whole number");
  EXPECT_EQ(errors(with_retry("maxAttempts", "\"3\"")), path + "must be a number");
  EXPECT_EQ(errors(with_retry("maxAttempts", "2")), kTaken);
  EXPECT_EQ(errors(with_retry("maxAttempts", "6")), kTaken);
}

TEST(ServiceConfigRules, V8RefuseBackoffsThatAreNotPositive) {
  for (const std::string key : {"initialBackoff", "maxBackoff"}) {
    const std::string path = kRetry + key + ": ";
    EXPECT_EQ(errors(with_retry(key, "")), path + "missing");
    EXPECT_EQ(errors(with_retry(key, "\"0s\"")), path + "must be more than 0");
    EXPECT_EQ(errors(with_retry(key, "\"-1s\"")), path + "must not be negative");
    EXPECT_EQ(errors(with_retry(key, "\"1\"")), path + "\"1\" is not a duration such as \"1.5s\"");
    EXPECT_EQ(errors(with_retry(key, "0.1")), path + "must be a string");
    EXPECT_EQ(errors(with_retry(key, "\"0.000000001s\"")), kTaken);
  }
}

TEST(ServiceConfigRules, V9RefuseAMultiplierThatIsNotPositive) {
  const std::string path = kRetry + "backoffMultiplier: ";
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "")), path + "missing");
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "0")), path + "must be more than 0");
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "-1")), path + "must be more than 0");
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "\"NaN\"")), path + "must be a number");
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "1e999")),
            kRetry.substr(0, kRetry.size() - 1) + ": not JSON: number overflow parsing '1e999'");
  EXPECT_EQ(errors(with_retry("backoffMultiplier", "0.1")), kTaken);
}

TEST(ServiceConfigRules, V10RefuseAListWithoutCodes) {
  const std::string path = kRetry + "retryableStatusCodes: ";
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "")), path + "missing");
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "[]")), path + "must not be empty");
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "\"UNAVAILABLE\"")),
            path + "must be an array");
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "[14]")), kTaken);
}

TEST(ServiceConfigRules, V10RefuseWhatIsNoStatusCode) {
  const std::string path = kRetry + "retryableStatusCodes[1]: ";
  const auto second = [](const std::string& code) {
    return errors(with_retry("retryableStatusCodes", "[14, " + code + "]"));
  };
  const std::string must_be = "must be a status code: its name, or a whole number from 0 to 16";
  EXPECT_EQ(second("17"), path + must_be);
  EXPECT_EQ(second("-1"), path + must_be);
  EXPECT_EQ(second("13.5"), path + must_be);
  EXPECT_EQ(second("null"), path + must_be);
  EXPECT_EQ(second("\"UNREACHABLE\""), path + "\"UNREACHABLE\" is not a status code");
  EXPECT_EQ(second("\"14\""), path + "\"14\" is not a status code");
  EXPECT_EQ(second("16"), kTaken);
  EXPECT_EQ(second("\"internal\""), kTaken);
}

TEST(ServiceConfigRules, V10RefuseOk) {
  const std::string path = kRetry + "retryableStatusCodes[0]: ";
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "[\"OK\"]")), path + "OK is not a failure");
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "[0]")), path + "OK is not a failure");
  EXPECT_EQ(errors(with_retry("retryableStatusCodes", "[1]")), kTaken);
}

TEST(ServiceConfigRules, V11RefuseAHedgeOfOne) {
  EXPECT_EQ(errors(with_method(R"("hedgingPolicy": {})")), kHedging + "maxAttempts: missing");
  EXPECT_EQ(errors(with_method(R"("hedgingPolicy": {"maxAttempts": 1})")),
            kHedging + "maxAttempts: must be at least 2: the first attempt counts");
  EXPECT_EQ(errors(with_method(R"("hedgingPolicy": {"maxAttempts": 2})")), kTaken);
}

TEST(ServiceConfigRules, V12RefuseAHedgingDelayThatIsNoDurationOrNegative) {
  const auto delay = [](const std::string& value) {
    return errors(
        with_method(R"("hedgingPolicy": {"maxAttempts": 2, "hedgingDelay": )" + value + "}"));
  };
  EXPECT_EQ(delay("\"-1s\""), kHedging + "hedgingDelay: must not be negative");
  EXPECT_EQ(delay("\"1 s\""),
            kHedging + "hedgingDelay: \"1 s\" is not a duration such as \"1.5s\"");
  EXPECT_EQ(delay("\"0s\""), kTaken);
}

TEST(ServiceConfigRules, V13RefuseNonFatalCodesThatAreNone) {
  const auto codes = [](const std::string& value) {
    return errors(with_method(R"("hedgingPolicy": {"maxAttempts": 2, "nonFatalStatusCodes": )" +
                              value + "}"));
  };
  EXPECT_EQ(codes("[\"OK\"]"), kHedging + "nonFatalStatusCodes[0]: OK is not a failure");
  EXPECT_EQ(codes("[\"NO\"]"), kHedging + "nonFatalStatusCodes[0]: \"NO\" is not a status code");
  EXPECT_EQ(codes("{}"), kHedging + "nonFatalStatusCodes: must be an array");
  EXPECT_EQ(codes("[]"), kTaken);
}

std::string throttling_errors(const std::string& max_tokens, const std::string& token_ratio) {
  std::string members;
  if (!max_tokens.empty()) members += "\"maxTokens\": " + max_tokens;
  if (!max_tokens.empty() && !token_ratio.empty()) members += ", ";
  if (!token_ratio.empty()) members += "\"tokenRatio\": " + token_ratio;
  return errors("{\"retryThrottling\": {" + members + "}}");
}

TEST(ServiceConfigRules, V14RefuseTokensOutOfRange) {
  const std::string path = "retryThrottling.maxTokens: ";
  EXPECT_EQ(throttling_errors("", "1"), path + "missing");
  EXPECT_EQ(throttling_errors("0", "1"), path + "must be more than 0");
  EXPECT_EQ(throttling_errors("-1", "1"), path + "must be more than 0");
  EXPECT_EQ(throttling_errors("1000.001", "1"), path + "must be at most 1000");
  EXPECT_EQ(throttling_errors("0.0004", "1"),
            path + "is 0 to three decimals, and more do not count");
  EXPECT_EQ(throttling_errors("\"10\"", "1"), path + "must be a number");
  EXPECT_EQ(throttling_errors("1000", "1"), kTaken);
  EXPECT_EQ(throttling_errors("0.5", "1"), kTaken);
}

TEST(ServiceConfigRules, V15RefuseARatioThatNeverFillsTheBucket) {
  const std::string path = "retryThrottling.tokenRatio: ";
  EXPECT_EQ(throttling_errors("10", ""), path + "missing");
  EXPECT_EQ(throttling_errors("10", "0"), path + "must be more than 0");
  EXPECT_EQ(throttling_errors("10", "0.0004"),
            path + "is 0 to three decimals, and more do not count");
  EXPECT_EQ(throttling_errors("10", "0.001"), kTaken);
}

TEST(ServiceConfigRules, V16RefuseAListOfUnknownPolicies) {
  const std::string unknown =
      "no policy of the list is known: pick_first, round_robin and least_request_experimental are";
  EXPECT_EQ(errors(R"({"loadBalancingConfig": [{"grpclb": {}}, {"xds": {}}]})"),
            "loadBalancingConfig: " + unknown);
  EXPECT_EQ(errors(R"({"loadBalancingConfig": []})"), "loadBalancingConfig: " + unknown);
  EXPECT_EQ(errors(R"({"loadBalancingConfig": [{"xds": {}}, {"round_robin": {}}]})"), kTaken);
}

TEST(ServiceConfigRules, V16RefuseAListThatIsNotOneOfPolicies) {
  EXPECT_EQ(errors(R"({"loadBalancingConfig": {"round_robin": {}}})"),
            "loadBalancingConfig: must be an array");
  EXPECT_EQ(errors(R"({"loadBalancingConfig": ["round_robin"]})"),
            "loadBalancingConfig[0]: must be an object");
  EXPECT_EQ(errors(R"({"loadBalancingConfig": [{"round_robin": {}, "pick_first": {}}]})"),
            "loadBalancingConfig[0]: must have exactly one member, the name of a policy");
  EXPECT_EQ(errors(R"({"loadBalancingConfig": [{"round_robin": 5}]})"),
            "loadBalancingConfig[0].round_robin: must be an object");
}

TEST(ServiceConfigRules, RefuseAChoiceOfLessThanTwoEndpoints) {
  EXPECT_EQ(
      errors(R"({"loadBalancingConfig": [{"least_request_experimental": {"choiceCount": 1}}]})"),
      "loadBalancingConfig[0].least_request_experimental.choiceCount: must be at least 2");
  EXPECT_EQ(errors(R"({"loadBalancingConfig": [{"round_robin": {"choiceCount": 1}}]})"), kTaken);
}

TEST(ServiceConfigRules, RefuseAnUnknownOldStyleLoadBalancingPolicy) {
  EXPECT_EQ(errors(R"({"loadBalancingPolicy": "grpclb"})"),
            "loadBalancingPolicy: \"grpclb\" is not known: pick_first, round_robin and "
            "least_request_experimental are");
  EXPECT_EQ(errors(R"({"loadBalancingPolicy": 1})"), "loadBalancingPolicy: must be a string");
  EXPECT_EQ(errors(R"({"loadBalancingPolicy": "ROUND_ROBIN"})"), kTaken);
}

TEST(ServiceConfigRules, V17RefuseAHealthCheckServiceThatIsNoString) {
  EXPECT_EQ(errors(R"({"healthCheckConfig": {"serviceName": 5}})"),
            "healthCheckConfig.serviceName: must be a string");
  EXPECT_EQ(errors(R"({"healthCheckConfig": "a.B"})"), "healthCheckConfig: must be an object");
  EXPECT_EQ(errors(R"({"healthCheckConfig": {"serviceName": ""}})"), kTaken);
}

}  // namespace
}  // namespace cpp_lite::config
