// The parameter retry_config: what a gRPC service config adds to a .proto, and what it may not.
#include <gtest/gtest.h>

#include <string>

#include "bad_proto.h"

namespace cpp_lite::plugin {
namespace {

constexpr const char* kStore = R"(syntax = "proto3";
package store.v1;
import "cpp_lite/options.proto";
message Q {}
service Store {
  rpc Get(Q) returns (Q) {
    option idempotency_level = NO_SIDE_EFFECTS;
  }
  rpc Put(Q) returns (Q);
}
)";

constexpr const char* kPolicy =
    R"("retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s",
      "backoffMultiplier": 1.5, "retryableStatusCodes": ["UNAVAILABLE"]})";

class RetryConfig : public BadProto {
 protected:
  RetryConfig() { proto = kStore; }

  // {"methodConfig": [ENTRY]}; the entry stands in line 2.
  void config(const std::string& entries) {
    workspace_.write("retry.json", "{\"methodConfig\": [\n" + entries + "\n]}\n");
  }
  // An entry for names, written as JSON, with these members.
  static std::string entry(const std::string& names, const std::string& members) {
    return "{\"name\": [" + names + "],\n" + members + "}";
  }
  static std::string name(const std::string& method) {
    return R"({"service": "store.v1.Store", "method": ")" + method + "\"}";
  }

  std::string strictly() { return errors(proto, {kParameter}); }
  std::string accepted() { return warnings(proto, {kParameter}); }
  std::string leniently() { return warnings(proto, {kParameter, kLenient}); }

  std::string row(const std::string& method) const {
    const std::string text = header(), start = "{.path = \"/store.v1.Store/" + method + "\"";
    const std::size_t from = text.find(start) + start.size();
    return text.substr(from, text.find("},\n", from) - from);
  }

  static constexpr const char* kParameter = "--cpp-lite_opt=retry_config=retry.json";
  static constexpr const char* kLenient = "--cpp-lite_opt=retry_config_lenient=true";
  static constexpr const char* kReads = ", .safety = ::cpp_lite::Safety::no_side_effects";
  static constexpr const char* kRetry =
      ", .retry = {.max_attempts = 4, .initial_backoff = ::std::chrono::milliseconds(100), "
      ".backoff_multiplier = 1.5}";

  std::string proto;
};

TEST_F(RetryConfig, GivesMethodsWhatTheirProtoDoesNotSay) {
  config(entry(name("Get"), std::string(R"("timeout": "60s", "waitForReady": true, )") + kPolicy));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"), std::string(kReads) +
                            ", .default_timeout = ::std::chrono::milliseconds(60000), "
                            ".wait_for_ready = true" +
                            kRetry);
  EXPECT_EQ(row("Put"), "");
  EXPECT_NE(header().find("// The retry_config gives 60 s unless the call says otherwise."),
            std::string::npos);
}

TEST_F(RetryConfig, YieldsToWhatTheProtoSaysAnywhere) {
  proto = std::string(kStore) +
          "option (cpp_lite.file).timeout = \"5s\";\noption (cpp_lite.file).retry.max_attempts = "
          "2;\n";
  config(entry(name("Get"), std::string("\"timeout\": \"60s\", ") + kPolicy));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"), std::string(kReads) +
                            ", .default_timeout = ::std::chrono::milliseconds(5000), .retry = "
                            "{.max_attempts = 2}");
}

TEST_F(RetryConfig, CountsBeforeTheParameterDefaultTimeout) {
  config(entry(name("Put"), "\"timeout\": \"60s\""));
  EXPECT_EQ(warnings(proto, {kParameter, "--cpp-lite_opt=default_timeout=1s"}), "");
  EXPECT_EQ(row("Put"), ", .default_timeout = ::std::chrono::milliseconds(60000)");
  EXPECT_EQ(row("Get"),
            std::string(kReads) + ", .default_timeout = ::std::chrono::milliseconds(1000)");
}

TEST_F(RetryConfig, TakesTheNearestNameOfAMethod) {
  config(entry(R"({"service": "store.v1.Store"})", "\"timeout\": \"2s\"") + ",\n" +
         entry("{}", "\"timeout\": \"1s\"") + ",\n" + entry(name("Put"), "\"timeout\": \"3s\""));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"),
            std::string(kReads) + ", .default_timeout = ::std::chrono::milliseconds(2000)");
  EXPECT_EQ(row("Put"), ", .default_timeout = ::std::chrono::milliseconds(3000)");
}

TEST_F(RetryConfig, CapsAttemptsAtFiveAsGrpcDoes) {
  config(entry(name("Get"),
               R"("retryPolicy": {"maxAttempts": 9, "initialBackoff": "0.05s", "maxBackoff": "1s",
                "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]})"));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"), std::string(kReads) + ", .retry = {.max_attempts = 5}");
}

TEST_F(RetryConfig, OfAMissingFileIsAnError) {
  EXPECT_EQ(strictly(), summary(1) + "retry.json: error: [CL050] this file cannot be read\n");
}

TEST_F(RetryConfig, OfAFolderOrWithoutEndIsAnError) {
  const auto fault = [this](const std::string& name) {
    return errors(proto, {"--cpp-lite_opt=retry_config=" + name});
  };
  EXPECT_EQ(fault("/"), summary(1) + "/: error: [CL050] this file cannot be read\n");
  EXPECT_EQ(fault("/dev/zero"), summary(1) + "/dev/zero:1:1: error: [CL050] larger than 4 MiB\n");
}

TEST_F(RetryConfig, KeepsHostileNamesOnOneLine) {
  config(entry(R"({"service": "a\nb\u001b"})", "\"timeout\": \"1s\""));
  EXPECT_EQ(strictly(), summary(1) +
                            "retry.json:2:11: error: [CL050] methodConfig[0].name[0]: there is no "
                            "service \"a?b?\" in this run of protoc\n");
}

TEST_F(RetryConfig, IsNotToldAllThatIsWrongWithoutEnd) {
  std::string names;
  for (int i = 0; i < 1000; ++i) names += name("M" + std::to_string(i)) + ",";
  config(entry(names + name("Get"), "\"timeout\": \"1s\""));
  const std::string err = strictly();
  EXPECT_TRUE(err.starts_with(summary(102) + "retry.json: error: [CL050] and more\n")) << err;
}

TEST_F(RetryConfig, IsReadByTheRulesOfTheServiceConfig) {
  config(entry(name("Get"), "\"timeout\": \"1\""));
  EXPECT_EQ(strictly(), summary(1) +
                            "retry.json:3:12: error: [CL050] methodConfig[0].timeout: \"1\" is not "
                            "a duration such as \"1.5s\"\n");
  workspace_.write("retry.json", "{\n");
  EXPECT_NE(strictly().find("\nretry.json:"), std::string::npos);
}

TEST_F(RetryConfig, NamesOnlyServicesAndMethodsThatExist) {
  config(entry(R"({"service": "store.v1.Stor"})", "\"timeout\": \"1s\"") + ",\n" +
         entry(name("Gte"), "\"timeout\": \"1s\""));
  const std::string places[] = {
      "retry.json:2:11: %: [CL050] methodConfig[0].name[0]: there is no service \"store.v1.Stor\" "
      "in "
      "this run of protoc\n",
      "retry.json:4:11: %: [CL050] methodConfig[1].name[0]: service store.v1.Store has no method "
      "\"Gte\" in this run of protoc\n"};
  const auto all = [&](const std::string& word) {
    std::string text;
    for (std::string line : places) text += line.replace(line.find('%'), 1, word);
    return text;
  };
  EXPECT_EQ(strictly(), summary(2) + all("error"));
  EXPECT_EQ(leniently(), all("warning"));
  EXPECT_EQ(warnings(proto, {kParameter, kLenient, "--cpp-lite_opt=no_warn=CL050"}), "");
}

TEST_F(RetryConfig, KnowsTheServicesOfImportedFiles) {
  workspace_.write("other.proto",
                   "syntax = \"proto3\"; package other; message Q {}\n"
                   "service Other { rpc Get(Q) returns (Q); }\n");
  config(entry(R"({"service": "other.Other", "method": "Get"})", "\"timeout\": \"1s\""));
  EXPECT_NE(strictly().find("there is no service \"other.Other\""), std::string::npos);
  proto += "import \"other.proto\";\n";
  EXPECT_EQ(accepted(), "");
}

TEST_F(RetryConfig, RepeatsNoMethodThatIsNotSafe) {
  config(entry(R"({"service": "store.v1.Store"})", kPolicy));
  const std::string text =
      "[CL050] method store.v1.Store.Put: retryPolicy for a method that is not known to be safe to "
      "repeat (CL015): state idempotency_level, idempotency or no_retry in the .proto\n";
  EXPECT_EQ(strictly(), summary(1) + "retry.json:2:11: error: " + text);
  EXPECT_EQ(leniently(), "retry.json:2:11: warning: " + text);
  EXPECT_EQ(row("Put"), "");
  EXPECT_EQ(row("Get"), std::string(kReads) + kRetry);
}

TEST_F(RetryConfig, RepeatsStreamedRequestsOnlyIfItNamesTheirMethod) {
  proto.replace(proto.find("Get(Q)"), 6, "Get(stream Q)");
  config(entry("{}", kPolicy) + ",\n" + entry(name("Put"), "\"timeout\": \"1s\""));
  const std::string text =
      "[CL050] method store.v1.Store.Get: retryPolicy for a method that streams requests counts "
      "only where the entry names the method itself (CL018)\n";
  EXPECT_EQ(strictly(), summary(1) + "retry.json:2:11: error: " + text);
  EXPECT_EQ(leniently(), "retry.json:2:11: warning: " + text);
  EXPECT_EQ(row("Get").find(".retry"), std::string::npos);
  config(entry(name("Get"), kPolicy));
  EXPECT_EQ(accepted(), "");
  EXPECT_NE(row("Get").find(kRetry), std::string::npos);
}

TEST_F(RetryConfig, LeavesMethodsAloneThatSayNoRetry) {
  proto.replace(proto.find("rpc Put(Q) returns (Q);"), 23,
                "rpc Put(Q) returns (Q) { option (cpp_lite.method).no_retry = true; }");
  config(entry(R"({"service": "store.v1.Store"})", kPolicy));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Put"), ", .no_retry = true");
}

std::string listing(const std::string& codes) {
  return R"("retryPolicy": {"maxAttempts": 3, "initialBackoff": "0.05s", "maxBackoff": "1s",
"backoffMultiplier": 2, "retryableStatusCodes": [)" +
         codes + "]}";
}

TEST_F(RetryConfig, ListsNoCodesThatAreNoReason) {
  config(entry(name("Get"), listing(R"("UNAVAILABLE", "NOT_FOUND")")));
  const std::string text =
      "[CL050] methodConfig[0].retryPolicy.retryableStatusCodes[1]: NOT_FOUND is never a reason to "
      "send a request again (AIP-194) "
      "(CL012)\n";
  EXPECT_EQ(strictly(), summary(1) + "retry.json:4:65: error: " + text);
  EXPECT_EQ(leniently(), "retry.json:4:65: warning: " + text);
  EXPECT_EQ(row("Get"), std::string(kReads) + ", .retry = {.max_attempts = 3}");
}

TEST_F(RetryConfig, ListsDeadlineExceededOnlyForMethodsWithAnAttemptTimeout) {
  config(entry(name("Get"), listing(R"("DEADLINE_EXCEEDED", 14)")));
  const std::string text =
      "[CL050] method store.v1.Store.Get: DEADLINE_EXCEEDED needs attempt_timeout in the .proto "
      "(CL013)\n";
  EXPECT_EQ(strictly(), summary(1) + "retry.json:4:50: error: " + text);
  EXPECT_EQ(leniently(), "retry.json:4:50: warning: " + text);
  EXPECT_EQ(row("Get"), std::string(kReads) + ", .retry = {.max_attempts = 3}");
  proto.insert(proto.find("  }\n"), option("attempt_timeout = \"1s\""));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"), std::string(kReads) +
                            ", .attempt_timeout = ::std::chrono::milliseconds(1000), .retry = "
                            "{.max_attempts = 3, .codes = 1U << 4 | 1U << 14}");
}

TEST_F(RetryConfig, SaysThatNothingIsLeftOfAListThatDoesNotCount) {
  config(entry(name("Get"), listing("\"DEADLINE_EXCEEDED\"")));
  const std::string err = leniently();
  EXPECT_NE(err.find("retry.json:2:11: warning: [CL050] method store.v1.Store.Get: nothing that "
                     "retryPolicy lists counts, so the method is not repeated\n"),
            std::string::npos)
      << err;
  EXPECT_EQ(row("Get"), std::string(kReads) + ", .no_retry = true");
}

TEST_F(RetryConfig, WarnsOfDoubtfulCodesAndOfAttemptsThatComeTooLate) {
  config(entry(name("Get"), "\"timeout\": \"0.1s\", " + listing(R"("ABORTED")")));
  const std::string err = accepted();
  EXPECT_NE(err.find("retry.json:2:11: warning: [CL019] method store.v1.Store.Get: attempt 3 can "
                     "never start"),
            std::string::npos)
      << err;
  EXPECT_NE(err.find("retry.json:4:50: warning: [CL014] "
                     "methodConfig[0].retryPolicy.retryableStatusCodes[0]: ABORTED "),
            std::string::npos)
      << err;
  EXPECT_EQ(warnings(proto, {kParameter, "--cpp-lite_opt=no_warn=CL014+CL019"}), "");
}

TEST_F(RetryConfig, AsGoogleWritesItIsForLenientReaders) {
  config(entry(name("Get"), R"("timeout": "60s",
"retryPolicy": {"initialBackoff": "0.1s", "maxBackoff": "60s", "backoffMultiplier": 1.3,
  "retryableStatusCodes": ["UNAVAILABLE", "DEADLINE_EXCEEDED"]})"));
  EXPECT_NE(strictly().find("[CL050] methodConfig[0].retryPolicy"), std::string::npos);
  const std::string err = leniently();
  EXPECT_NE(err.find("missing; taken as 3"), std::string::npos) << err;
  EXPECT_EQ(row("Get"), std::string(kReads) +
                            ", .default_timeout = ::std::chrono::milliseconds(60000), .retry = "
                            "{.max_attempts = 3, .initial_backoff = "
                            "::std::chrono::milliseconds(100), .max_backoff = "
                            "::std::chrono::milliseconds(60000), .backoff_multiplier = 1.3}");
}

TEST_F(RetryConfig, WithAnEmptyListOfCodesMeansNoRetryToLenientReaders) {
  config(entry(name("Get"), listing("")));
  EXPECT_NE(strictly().find("[CL050]"), std::string::npos);
  EXPECT_NE(leniently().find("[CL050]"), std::string::npos);
  EXPECT_EQ(row("Get"), std::string(kReads) + ", .no_retry = true");
}

TEST_F(RetryConfig, HedgesOnlyMethodsThatAreSafeToRepeat) {
  const std::string hedging = R"("hedgingPolicy": {"maxAttempts": 2, "hedgingDelay": "0.5s"})";
  config(entry(name("Get"), hedging));
  EXPECT_EQ(accepted(), "");
  EXPECT_EQ(row("Get"), std::string(kReads) +
                            ", .hedging = {.max_attempts = 2, .delay = "
                            "::std::chrono::milliseconds(500)}");
  config(entry(name("Put"), hedging));
  EXPECT_NE(strictly().find("retry.json:2:11: error: [CL050] method store.v1.Store.Put: "
                            "hedgingPolicy for a method that "),
            std::string::npos);
}

TEST_F(RetryConfig, GivesNoTimeoutOfZero) {
  config(entry(name("Put"), "\"timeout\": \"0s\""));
  EXPECT_EQ(strictly(), summary(1) +
                            "retry.json:3:12: error: [CL050] methodConfig[0].timeout: must be more "
                            "than 0\n");
  leniently();
  EXPECT_EQ(row("Put"), "");
}

}  // namespace
}  // namespace cpp_lite::plugin
