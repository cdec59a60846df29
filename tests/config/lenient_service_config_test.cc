// The configs that API publishers ship for generators, which gRPC itself would refuse.
#include <gtest/gtest.h>

#include <string>

#include "config/config_text.h"

namespace cpp_lite::config {
namespace {

constexpr const char* kPublished = R"({
  "methodConfig": [
    {
      "name": [
        { "service": "example.library.v1.LibraryService", "method": "GetShelf" },
        { "service": "example.library.v1.LibraryService", "method": "ListShelves" }
      ],
      "timeout": "60s",
      "retryPolicy": {
        "initialBackoff": "0.100s",
        "maxBackoff": "60s",
        "backoffMultiplier": 1.3,
        "retryableStatusCodes": [ "DEADLINE_EXCEEDED", "UNAVAILABLE" ]
      }
    },
    {
      "name": [
        { "service": "example.library.v1.LibraryService", "method": "CreateShelf" },
        { "service": "example.library.v1.LibraryService", "method": "GetShelf" }
      ],
      "timeout": "30s",
      "retryPolicy": {
        "maxAttempts": 5,
        "initialBackoff": "1s",
        "maxBackoff": "10s",
        "backoffMultiplier": 1.3,
        "retryableStatusCodes": []
      }
    }
  ]
})";

std::string lines(const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) text += to_string(finding) + "\n";
  return text;
}

TEST(LenientServiceConfig, IsRefusedInStrictMode) {
  const Parsed parsed = parse_service_config(kPublished, Mode::strict);
  EXPECT_FALSE(parsed.ok());
  EXPECT_EQ(lines(parsed.errors),
            "9:22: methodConfig[0].retryPolicy.maxAttempts: missing\n"
            "19:9: methodConfig[1].name[1]: the same name is in line 5 already\n"
            "27:33: methodConfig[1].retryPolicy.retryableStatusCodes: must not be empty\n");
}

TEST(LenientServiceConfig, IsTakenWithAWarningForEachLiberty) {
  const Parsed parsed = parse_service_config(kPublished, Mode::lenient);
  EXPECT_TRUE(parsed.ok());
  EXPECT_EQ(lines(parsed.warnings),
            "9:22: methodConfig[0].retryPolicy.maxAttempts: missing; taken as 3\n"
            "19:9: methodConfig[1].name[1]: the same name is in line 5 already; the first one "
            "holds\n"
            "27:33: methodConfig[1].retryPolicy.retryableStatusCodes: empty; taken as no retry\n");
}

TEST(LenientServiceConfig, MakesThreeAttemptsWhereTheirNumberIsMissing) {
  const Parsed parsed = parse_service_config(kPublished, Mode::lenient);
  const auto* method = parsed.config.find("/example.library.v1.LibraryService/ListShelves");
  ASSERT_TRUE(method != nullptr && method->retry);
  EXPECT_EQ(method->retry->max_attempts, 3);
}

TEST(LenientServiceConfig, DoesNotRetryWhereNoCodeIsListed) {
  const Parsed parsed = parse_service_config(kPublished, Mode::lenient);
  const auto* method = parsed.config.find("/example.library.v1.LibraryService/CreateShelf");
  ASSERT_NE(method, nullptr);
  EXPECT_FALSE(method->retry);
  EXPECT_EQ(method->timeout, std::chrono::seconds(30));
}

TEST(LenientServiceConfig, LetsTheFirstOfTwoEqualNamesHold) {
  const Parsed parsed = parse_service_config(kPublished, Mode::lenient);
  const auto* method = parsed.config.find("/example.library.v1.LibraryService/GetShelf");
  ASSERT_NE(method, nullptr);
  EXPECT_EQ(method->timeout, std::chrono::seconds(60));
  EXPECT_EQ(parsed.config.methods[1].names.size(), 1U);
}

TEST(LenientServiceConfig, RefusesEverythingElseThatStrictModeRefuses) {
  for (const std::string& json :
       {std::string("{"), with_retry("maxAttempts", "1"), with_retry("initialBackoff", ""),
        with_retry("retryableStatusCodes", ""), with_retry("retryableStatusCodes", "[\"OK\"]"),
        with_method(R"("hedgingPolicy": {})"), with_method(R"("timeout": "1s", "timeout": "1s")"),
        with_method(R"("timeout": "-1s")")}) {
    EXPECT_NE(errors(json, Mode::lenient), "") << json;
    EXPECT_EQ(errors(json, Mode::lenient), errors(json, Mode::strict));
  }
}

}  // namespace
}  // namespace cpp_lite::config
