// Checks of retry and hedging policies: each with a neighbour that is accepted.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "bad_proto.h"

namespace cpp_lite::plugin {
namespace {

// One method, safe to repeat unless a test says otherwise. Its options of ours begin in line 8.
class Attempts : public BadProto {
 protected:
  static std::string safe(const std::string& options,
                          const std::string& signature = "(Q) returns (Q)") {
    return method(level("IDEMPOTENT") + options, signature);
  }
  static std::string at(int line, const std::string& what) {
    return "bad.proto:" + std::to_string(line) + ":5: " + what;
  }
  static std::string error(int line, const std::string& id_and_text) {
    return summary(1) + at(line, "error: " + id_and_text) + "\n";
  }
  static std::string warning(int line, const std::string& id_and_text) {
    return at(line, "warning: " + id_and_text) + "\n";
  }
};

TEST_F(Attempts, AreTwoToFive) {
  for (const char* few : {"0", "1", "6", "4000000000"}) {
    EXPECT_EQ(errors(safe(option(std::string("retry.max_attempts = ") + few))),
              error(8, std::string("[CL010] method bad.S.M: retry.max_attempts = ") + few +
                           ": must be 2 to 5, the first attempt included"));
  }
  EXPECT_EQ(warnings(safe(option("retry.max_attempts = 2"))), "");
  EXPECT_EQ(warnings(safe(option("retry.max_attempts = 5"))), "");
}

TEST_F(Attempts, ThatHedgeAreTwoToFiveAndTheirDelayIsStated) {
  EXPECT_EQ(errors(safe(option("hedging = { max_attempts: 6 hedging_delay: \"1s\" }"))),
            error(8,
                  "[CL010] method bad.S.M: hedging.max_attempts = 6: must be 2 to 5, the first "
                  "attempt included"));
  EXPECT_EQ(errors(safe(option("hedging.hedging_delay = \"1s\""))),
            error(8, "[CL010] method bad.S.M: hedging.max_attempts is missing: 2 to 5 copies"));
  EXPECT_EQ(errors(safe(option("hedging.max_attempts = 2"))),
            error(8,
                  "[CL001] method bad.S.M: hedging.hedging_delay is missing; \"0s\" sends all "
                  "copies at once"));
  EXPECT_EQ(warnings(safe(option("hedging = { max_attempts: 2 hedging_delay: \"1s\" }"))), "");
}

TEST_F(Attempts, WaitNoLongerAtFirstThanAtMost) {
  EXPECT_EQ(errors(safe(option("retry.max_backoff = \"2s\"") +
                        option("retry.initial_backoff = \"2.5s\""))),
            error(9,
                  "[CL011] method bad.S.M: retry.initial_backoff of 2.5 s is more than "
                  "retry.max_backoff of 2 s"));
  EXPECT_EQ(errors(safe(option("retry.max_backoff = \"0.01s\""))),
            error(8,
                  "[CL011] method bad.S.M: retry.initial_backoff of 50 ms is more than "
                  "retry.max_backoff of 10 ms"));
  EXPECT_EQ(warnings(safe(option("retry = { initial_backoff: \"2s\" max_backoff: \"2s\" }"))), "");
}

TEST_F(Attempts, MultiplyTheirWaitsByANumberAboveZero) {
  for (const std::string number : {"0", "-1", "nan", "inf"}) {
    EXPECT_EQ(errors(safe(option("retry = { backoff_multiplier: " + number + " }"))),
              error(8, "[CL011] method bad.S.M: retry.backoff_multiplier = " + number +
                           ": must be a number above 0"));
  }
  EXPECT_EQ(warnings(safe(option("retry.backoff_multiplier = 0.5"))),
            warning(8,
                    "[CL011] method bad.S.M: retry.backoff_multiplier = 0.5: each wait is "
                    "shorter than the one before"));
  EXPECT_EQ(warnings(safe(option("retry.backoff_multiplier = 1"))), "");
}

TEST_F(Attempts, NeverFollowCodesThatAreNoReason) {
  for (const std::string code :
       {"OK", "CANCELLED", "INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
        "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED", "DATA_LOSS", "UNAUTHENTICATED"}) {
    const std::string text = code + " is never a reason to send a request again (AIP-194)";
    EXPECT_EQ(errors(safe(option("retry.retryable_status_codes = UNAVAILABLE") +
                          option("retry.retryable_status_codes = " + code))),
              error(9, "[CL012] method bad.S.M: retry.retryable_status_codes: " + text));
    EXPECT_EQ(errors(safe(option("hedging = { max_attempts: 2 hedging_delay: \"0s\" "
                                 "non_fatal_status_codes: " +
                                 code + " }"))),
              error(8, "[CL012] method bad.S.M: hedging.non_fatal_status_codes: " + text));
  }
  EXPECT_EQ(warnings(safe(option("retry.retryable_status_codes = UNAVAILABLE"))), "");
}

TEST_F(Attempts, FollowNoCodeThatDoesNotExist) {
  EXPECT_EQ(errors(safe(option("retry = { retryable_status_codes: 99 }"))),
            error(8, "[CL012] method bad.S.M: retry.retryable_status_codes: 99 is no status code"));
}

TEST_F(Attempts, FollowDeadlineExceededOnlyBesideAnAttemptTimeout) {
  const std::string listed = option("retry.retryable_status_codes = DEADLINE_EXCEEDED");
  const std::string text =
      "DEADLINE_EXCEEDED needs attempt_timeout: once the call's own deadline has passed, there is "
      "no time for another attempt";
  EXPECT_EQ(errors(safe(listed)),
            error(8, "[CL013] method bad.S.M: retry.retryable_status_codes: " + text));
  EXPECT_EQ(warnings(safe(listed + option("attempt_timeout = \"1s\""))), "");
  EXPECT_EQ(errors(safe(option("hedging = { max_attempts: 2 hedging_delay: \"0s\" "
                               "non_fatal_status_codes: DEADLINE_EXCEEDED }"))),
            error(8, "[CL013] method bad.S.M: hedging.non_fatal_status_codes: " + text));
}

TEST_F(Attempts, DoNotFollowDeadlineExceededOfAMethodThatIsNotSafe) {
  const std::string err =
      errors(method(option("retry.retryable_status_codes = DEADLINE_EXCEEDED")));
  EXPECT_NE(err.find(at(7,
                        "error: [CL013] method bad.S.M: retry.retryable_status_codes: "
                        "DEADLINE_EXCEEDED is for methods that are safe to repeat\n")),
            std::string::npos)
      << err;
  EXPECT_NE(err.find("[CL015]"), std::string::npos) << err;
}

TEST_F(Attempts, AreDoubtfulAfterSomeCodes) {
  for (const std::string code : {"ABORTED", "INTERNAL", "UNKNOWN", "RESOURCE_EXHAUSTED"}) {
    const std::string err = warnings(safe(option("retry.retryable_status_codes = " + code)));
    EXPECT_TRUE(err.starts_with(
        at(8, "warning: [CL014] method bad.S.M: retry.retryable_status_codes: " + code + " ")))
        << err;
    EXPECT_NE(header().find(".retry = {"), std::string::npos);
  }
}

TEST_F(Attempts, OfAMethodThatIsNotSafeAreRefusedWithTheWaysOut) {
  EXPECT_EQ(errors(method(option("retry.max_attempts = 3"))),
            error(7,
                  "[CL015] method bad.S.M: retry on a method that is not known to be safe to "
                  "repeat: state idempotency_level or idempotency if it is, or no_retry"));
  for (const std::string& way_out :
       {level("NO_SIDE_EFFECTS"), option("idempotency.key_field = \"key\""),
        option("no_retry = true")}) {
    EXPECT_EQ(warnings(method(way_out + option("retry.max_attempts = 3"))), "");
  }
}

TEST_F(Attempts, ListACodeOnce) {
  EXPECT_EQ(warnings(safe(option("retry.retryable_status_codes = UNAVAILABLE") +
                          option("retry.retryable_status_codes = UNAVAILABLE"))),
            warning(9,
                    "[CL016] method bad.S.M: retry.retryable_status_codes: UNAVAILABLE is "
                    "listed twice"));
}

TEST_F(Attempts, AreHedgedOnlyWhereCopiesAreSafeAndHelp) {
  const std::string hedging = option("hedging = { max_attempts: 2 hedging_delay: \"0s\" }");
  EXPECT_EQ(errors(method(hedging)),
            error(7,
                  "[CL017] method bad.S.M: hedging on a method that is not known to be safe to "
                  "repeat: state idempotency_level or idempotency if it is, or no_retry"));
  EXPECT_EQ(errors(safe(option("idempotency.key_field = \"key\"") + hedging)),
            error(9,
                  "[CL017] method bad.S.M: hedging on a method with a key: copies would wait "
                  "for the first one, so they cannot help"));
  for (const char* signature : {"(stream Q) returns (Q)", "(stream Q) returns (stream Q)"}) {
    EXPECT_EQ(errors(safe(hedging, signature)),
              error(8, "[CL017] method bad.S.M: hedging on a method that streams requests"));
  }
  EXPECT_EQ(warnings(safe(hedging, "(Q) returns (stream Q)")), "");
}

TEST_F(Attempts, OfAStreamOfRequestsNeedALevel) {
  for (const char* signature : {"(stream Q) returns (Q)", "(stream Q) returns (stream Q)"}) {
    EXPECT_EQ(errors(method(option("retry.max_attempts = 3"), signature)),
              error(7,
                    "[CL018] method bad.S.M: retry on a method that streams requests needs an "
                    "idempotency_level"));
    EXPECT_EQ(warnings(safe(option("retry.max_attempts = 3"), signature)), "");
  }
}

TEST_F(Attempts, ThatCanNeverStartAreWorthAWarning) {
  const std::string retry = option(
      "retry = { max_attempts: 4 initial_backoff: \"1s\" "
      "max_backoff: \"10s\" }");
  // 1.2 s, 3.6 s and 8.4 s after the first one at worst.
  EXPECT_EQ(warnings(safe(option("timeout = \"3.6s\"") + retry)),
            warning(9,
                    "[CL019] method bad.S.M: attempt 3 can never start when the waits are at "
                    "their longest: they come to 3.6 s, the timeout is 3.6 s"));
  EXPECT_NE(warnings(safe(option("timeout = \"8.4s\"") + retry)).find("attempt 4 can never start"),
            std::string::npos);
  EXPECT_EQ(warnings(safe(option("timeout = \"8.5s\"") + retry)), "");
  EXPECT_EQ(warnings(safe(retry)), "");
}

TEST_F(Attempts, OfServicesAndFilesAreCheckedWhereTheyStand) {
  const auto both = [](const std::string& options) {
    return std::string(kHead) + "option (cpp_lite.file).retry." + options +
           ";\nservice S {\n  option (cpp_lite.service).retry." + options +
           ";\n  rpc M(Q) returns (Q);\n}\n";
  };
  EXPECT_EQ(errors(both("max_attempts = 1")),
            summary(2) +
                "bad.proto:5:1: error: [CL010] file: retry.max_attempts = 1: must be 2 to 5, the "
                "first attempt included\n"
                "bad.proto:7:3: error: [CL010] service bad.S: retry.max_attempts = 1: must be 2 to "
                "5, the first attempt included\n");
  EXPECT_EQ(errors(both("retryable_status_codes = NOT_FOUND")),
            summary(2) +
                "bad.proto:5:1: error: [CL012] file: retry.retryable_status_codes: NOT_FOUND is "
                "never a reason to send a request again (AIP-194)\n"
                "bad.proto:7:3: error: [CL012] service bad.S: retry.retryable_status_codes: "
                "NOT_FOUND is never a reason to send a request again (AIP-194)\n");
}

TEST_F(Attempts, ThatAreInheritedAreCheckedWithEachMethod) {
  const std::string text =
      std::string(kHead) +
      "service S {\n"
      "  option (cpp_lite.service).timeout = \"0.1s\";\n"
      "  option (cpp_lite.service).retry.retryable_status_codes = DEADLINE_EXCEEDED;\n"
      "  rpc M(Q) returns (Q) { option idempotency_level = NO_SIDE_EFFECTS; }\n"
      "  rpc N(Q) returns (Q) {\n"
      "    option idempotency_level = NO_SIDE_EFFECTS;\n"
      "    option (cpp_lite.method).attempt_timeout = \"0.05s\";\n"
      "  }\n"
      "  rpc Unsafe(Q) returns (Q);\n"
      "}\n";
  const std::string err = errors(text);
  EXPECT_EQ(err,
            "bad.proto:8:3: warning: [CL019] method bad.S.M: the retry policy of the service: "
            "attempt 3 can never start when the waits are at their longest: they come to 180 ms, "
            "the timeout is 100 ms\n"
            "bad.proto:9:3: warning: [CL019] method bad.S.N: the retry policy of the service: "
            "attempt 3 can never start when the waits are at their longest: they come to 180 ms, "
            "the timeout is 100 ms\n" +
                summary(1) +
                "bad.proto:8:3: error: [CL013] method bad.S.M: the retry policy of the service: "
                "DEADLINE_EXCEEDED needs attempt_timeout: once the call's own deadline has passed, "
                "there is no time for another attempt\n");
}

TEST_F(Attempts, ThatAreInheritedLeaveUnsafeMethodsOutAndSaySo) {
  EXPECT_EQ(warnings(std::string(kHead) +
                     "option (cpp_lite.file).retry.max_attempts = 4;\n"
                     "service S {\n"
                     "  rpc Reads(Q) returns (Q) { option idempotency_level = NO_SIDE_EFFECTS; }\n"
                     "  rpc Writes(Q) returns (Q);\n"
                     "  rpc Says(Q) returns (Q) { option (cpp_lite.method).no_retry = true; }\n"
                     "}\n"),
            "");
  const std::string text = header();
  EXPECT_NE(text.find("  // The retry policy of the file is not for methods that are not known to "
                      "be safe to repeat: Writes.\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("/Reads\", .safety = ::cpp_lite::Safety::no_side_effects, .retry = "
                      "{.max_attempts = 4}}"),
            std::string::npos);
  EXPECT_NE(text.find("{.path = \"/bad.S/Writes\"}"), std::string::npos);
  EXPECT_NE(text.find("{.path = \"/bad.S/Says\", .no_retry = true}"), std::string::npos);
}

TEST_F(Attempts, TakeTheNearestBlockAsAWhole) {
  EXPECT_EQ(warnings(std::string(kHead) +
                     "option (cpp_lite.file).retry.max_attempts = 5;\n"
                     "service S {\n"
                     "  option (cpp_lite.service).retry.backoff_multiplier = 3;\n"
                     "  rpc M(Q) returns (Q) { option idempotency_level = NO_SIDE_EFFECTS; }\n"
                     "}\n"),
            "");
  EXPECT_NE(header().find(".retry = {.max_attempts = 3, .backoff_multiplier = 3}"),
            std::string::npos);
}

TEST_F(Attempts, WarnWithoutTheIdsThatNobodyWantsToSee) {
  const std::string text =
      safe(option("retry.retryable_status_codes = ABORTED") +
           option("retry.retryable_status_codes = ABORTED") + option("retry.max_attempts = 2"));
  EXPECT_NE(warnings(text).find("[CL014]"), std::string::npos);
  const std::string rest = warnings(text, {"--cpp-lite_opt=no_warn=CL014"});
  EXPECT_EQ(rest.find("[CL014]"), std::string::npos);
  EXPECT_NE(rest.find("[CL016]"), std::string::npos);
  EXPECT_EQ(warnings(text, {"--cpp-lite_opt=no_warn=CL014+CL016"}), "");
}

// One mistake, one line: all of both files, sorted, and nothing is written.
TEST_F(Attempts, OfTwoFilesWithEightMistakesMakeEightLines) {
  workspace_.write("a.proto",
                   "syntax = \"proto3\";\n"
                   "package shop.v1;\n"
                   "import \"cpp_lite/options.proto\";\n"
                   "message Order { string name = 1; }\n"
                   "service Orders {\n"
                   "  option (cpp_lite.service).retry.max_attempts = 9;\n"
                   "  rpc Create(Order) returns (Order) {\n"
                   "    option (cpp_lite.method).retry.max_attempts = 3;\n"
                   "  }\n"
                   "  rpc Get(Order) returns (Order) {\n"
                   "    option idempotency_level = NO_SIDE_EFFECTS;\n"
                   "    option (cpp_lite.method).timeout = \"5\";\n"
                   "    option (cpp_lite.method).retry.retryable_status_codes = UNAVAILABLE;\n"
                   "    option (cpp_lite.method).retry.retryable_status_codes = NOT_FOUND;\n"
                   "  }\n"
                   "  rpc Put(Order) returns (Order) {\n"
                   "    option idempotency_level = IDEMPOTENT;\n"
                   "    option (cpp_lite.method).retry = {\n"
                   "      initial_backoff: \"2s\"\n"
                   "      max_backoff: \"1s\"\n"
                   "    };\n"
                   "  }\n"
                   "}\n");
  workspace_.write("b.proto",
                   "syntax = \"proto3\";\n"
                   "package shop.v1;\n"
                   "import \"a.proto\";\n"
                   "import \"cpp_lite/options.proto\";\n"
                   "service Stock {\n"
                   "  rpc Reserve(Order) returns (Order) {\n"
                   "    option (cpp_lite.method).idempotency.metadata_key = \"order-key\";\n"
                   "    option (cpp_lite.method).hedging = {\n"
                   "      max_attempts: 2\n"
                   "      hedging_delay: \"0.1s\"\n"
                   "    };\n"
                   "  }\n"
                   "  rpc Load(stream Order) returns (Order) {\n"
                   "    option (cpp_lite.method).retry.max_attempts = 2;\n"
                   "  }\n"
                   "  rpc Count(Order) returns (Order) {\n"
                   "    option idempotency_level = NO_SIDE_EFFECTS;\n"
                   "    option (cpp_lite.method).retry.retryable_status_codes = "
                   "DEADLINE_EXCEEDED;\n"
                   "  }\n"
                   "}\n");
  const Outcome outcome = workspace_.generate({"b.proto", "a.proto"});
  EXPECT_NE(outcome.exit_code, 0);
  const auto file = [](const char* name, const char* position, const char* id) {
    return std::string(name) + ".proto:" + position + ": error: [" + id + "] ";
  };
  const std::string heads[] = {file("a", "6:3", "CL010"),  file("a", "8:5", "CL015"),
                               file("a", "12:5", "CL001"), file("a", "14:5", "CL012"),
                               file("a", "18:5", "CL011"), file("b", "8:5", "CL017"),
                               file("b", "14:5", "CL018"), file("b", "18:5", "CL013")};
  std::istringstream lines(outcome.err);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line + "\n", summary(8));
  for (const std::string& head : heads) {
    ASSERT_TRUE(std::getline(lines, line)) << head;
    EXPECT_TRUE(line.starts_with(head)) << line;
  }
  EXPECT_FALSE(std::getline(lines, line)) << line;
  EXPECT_TRUE(std::filesystem::is_empty(workspace_.path() / "out"));
}

TEST_F(Attempts, AreRetriesOrHedges) {
  const std::string retry = option("retry.retryable_status_codes = UNAVAILABLE");
  const std::string hedging =
      option("hedging.max_attempts = 2") + option("hedging.hedging_delay = \"1s\"");
  const std::string text = "[CL017] method bad.S.M: retry and hedging: a method has one of them";
  EXPECT_EQ(errors(safe(retry + hedging)), error(9, text));
  EXPECT_EQ(errors(safe(hedging + retry)), error(10, text));
  EXPECT_EQ(errors(safe(hedging + option("retry = { max_attempts: 2 }"))), error(10, text));
}

TEST_F(Attempts, OfABlockWithErrorsAreNotAddedUp) {
  EXPECT_EQ(errors(safe(option("timeout = \"1s\"") + option("retry.initial_backoff = \"5s\""))),
            error(9,
                  "[CL011] method bad.S.M: retry.initial_backoff of 5 s is more than "
                  "retry.max_backoff of 1 s"));
}

TEST_F(Attempts, ThatWaitForCenturiesAreNotToldAWrongNumber) {
  EXPECT_EQ(warnings(safe(option("timeout = \"1s\"") +
                          option("retry = { initial_backoff: \"315576000000s\" max_backoff: "
                                 "\"315576000000s\" }"))),
            warning(9,
                    "[CL019] method bad.S.M: attempt 2 can never start when the waits are at their "
                    "longest: they come to over 292 years, the timeout is 1 s"));
}

}  // namespace
}  // namespace cpp_lite::plugin
