// What the .proto says of keys to the server, and which of it makes no sense (CL030 to CL042).
#include <gtest/gtest.h>

#include <string>

#include "keyed_proto.h"

namespace cpp_lite::plugin {
namespace {

class ServedKeys : public KeyedProto {
 protected:
  // The method with a key and more; its idempotency begins in line 14.
  static std::string keyed(const std::string& rules, const std::string& options = "",
                           const std::string& fields = "") {
    return with_request("string k = 2; int64 at = 3; Inner inner = 4; " + fields,
                        option("idempotency = { key_field: \"k\" " + rules + " }") + options);
  }
  // The same with dotted options, each in a line of its own, from line 15 on.
  static std::string dotted(const std::string& options) {
    return with_request("string k = 2; int64 at = 3; Inner inner = 4;",
                        option("idempotency.key_field = \"k\"") + options);
  }
  static std::string at(int line, const std::string& id, const std::string& text) {
    return "bad.proto:" + std::to_string(line) + ":5: error: [" + id + "] method bad.S.M: " + text +
           "\n";
  }
  static std::string warning(int line, const std::string& id, const std::string& text) {
    return "bad.proto:" + std::to_string(line) + ":5: warning: [" + id +
           "] method bad.S.M: " + text + "\n";
  }
};

const std::string kDownstream = "effects: DOWNSTREAM_KEYED on_lease_expiry: RERUN ";

TEST_F(ServedKeys, HaveTheDefaultsOfTheSpecification) {
  EXPECT_EQ(warnings(keyed("")), "");
  EXPECT_EQ(policy(), "{}");  // a day, 30 seconds, 1 MiB, EXTERNAL, FAIL, WAIT, PRINCIPAL
  EXPECT_EQ(warnings(keyed("ttl: \"86400s\" max_execution: \"30s\" max_response_bytes: 1048576 "
                           "effects: EXTERNAL on_lease_expiry: FAIL format: PRINTABLE")),
            "");
  EXPECT_EQ(policy(), "{}");
}

TEST_F(ServedKeys, SayToTheServerWhatTheProtoSays) {
  EXPECT_EQ(
      warnings(keyed(kDownstream + "downstream_ttl: \"600s\" requirement: OPTIONAL format: UUID "
                                   "ttl: \"7200s\" on_in_progress: REJECT max_execution: \"10s\" "
                                   "release_on: [ UNAVAILABLE, NOT_FOUND ] max_response_bytes: 0 "
                                   "fingerprint_exclude: \"at\" scope_metadata: \"tenant\"")),
      "");
  EXPECT_EQ(policy(),
            "{.effects = Effects::downstream_keyed, .format = KeyFormat::uuid, .optional = true, "
            ".rerun = true, .reject_in_progress = true, .ttl = milliseconds(7200000), "
            ".max_execution = milliseconds(10000), .downstream_ttl = milliseconds(600000), "
            ".release_on = 1U << 5 | 1U << 14, .max_response_bytes = 0U, "
            ".scope_metadata = scope_0, , .excluded = excluded_0}");
}

TEST_F(ServedKeys, MayBeExecutedAsLongAsTheirCallersWait) {
  EXPECT_EQ(warnings(keyed("", option("timeout = \"2.5s\""))), "");
  EXPECT_EQ(policy(), "{.max_execution = milliseconds(2500), }");
  EXPECT_EQ(warnings(keyed("max_execution: \"9s\"", option("timeout = \"2.5s\""))), "");
  EXPECT_EQ(policy(), "{.max_execution = milliseconds(9000), }");
  EXPECT_EQ(warnings(keyed("") + "option (cpp_lite.file).timeout = \"4s\";\n"), "");
  EXPECT_EQ(policy(), "{.max_execution = milliseconds(4000), }");
}

TEST_F(ServedKeys, AreRememberedAsLongAsTheNearestTtlSays) {
  const std::string file = "option (cpp_lite.file).ttl = \"600s\";\n";
  EXPECT_EQ(warnings(keyed("") + file), "");
  EXPECT_EQ(policy(), "{.ttl = milliseconds(600000), }");
  EXPECT_EQ(warnings(keyed("ttl: \"300s\"") + file), "");
  EXPECT_EQ(policy(), "{.ttl = milliseconds(300000), }");
}

TEST_F(ServedKeys, OfAip155AreNotTheServersBusiness) {
  EXPECT_EQ(warnings(with_request("string request_id = 9 [(field_info).format = 1];")), "");
  EXPECT_EQ(policy(), "");
  EXPECT_EQ(workspace_.read("out/bad.lite.cc").find("keyed.h"), std::string::npos);
  EXPECT_NE(header().find("CPP_LITE_GENERATED_API < 1"), std::string::npos);
}

TEST_F(ServedKeys, AskForARuntimeThatKnowsThem) {
  EXPECT_EQ(warnings(keyed("")), "");
  EXPECT_NE(workspace_.read("out/bad.lite.cc").find("#include <cpp_lite/keyed.h>"),
            std::string::npos);
  EXPECT_NE(header().find("CPP_LITE_GENERATED_API < 2"), std::string::npos);
  EXPECT_EQ(header().find("keyed.h"), std::string::npos);
}

TEST_F(ServedKeys, AreForUnaryMethods) {  // CL030
  for (const char* signature :
       {"(stream Q) returns (Q)", "(Q) returns (stream Q)", "(stream Q) returns (stream Q)"}) {
    EXPECT_EQ(
        errors(with_request("string k = 2;", option("idempotency.key_field = \"k\""), signature)),
        summary(1) + at(14, "CL030",
                        "idempotency on a method that streams: a key names one request, and "
                        "its answer is one message"));
  }
}

TEST_F(ServedKeys, AreUuidsWhereTheFieldSaysSo) {  // CL032
  const auto of_field = [](const std::string& options) {
    return with_request("string k = 2 [(field_info).format = 1];",
                        option("idempotency.key_field = \"k\"") + options);
  };
  EXPECT_EQ(warnings(of_field("")), "");
  EXPECT_EQ(policy(), "{.format = KeyFormat::uuid4, }");
  EXPECT_EQ(warnings(of_field(option("idempotency.format = UUID"))), "");
  EXPECT_EQ(policy(), "{.format = KeyFormat::uuid, }");
  EXPECT_EQ(errors(of_field(option("idempotency.format = PRINTABLE"))),
            summary(1) + at(15, "CL032",
                            "idempotency.format = PRINTABLE, but k says "
                            "(google.api.field_info).format = UUID4"));
  for (const std::string format : {"UUID", "UUID4"}) {
    EXPECT_EQ(errors(with_request("bytes k = 2;", option("idempotency.key_field = \"k\"") +
                                                      option("idempotency.format = " + format))),
              summary(1) + at(15, "CL032",
                              "idempotency.format of a UUID is for text, and k is of type bytes; "
                              "use string, or PRINTABLE"));
  }
  EXPECT_EQ(warnings(with_request("bytes k = 2;", option("idempotency.key_field = \"k\"") +
                                                      option("idempotency.format = PRINTABLE"))),
            "");
}

TEST_F(ServedKeys, AreRememberedForAMinuteAtLeast) {  // CL034
  EXPECT_EQ(errors(dotted(option("idempotency.ttl = \"59.9s\""))),
            summary(1) + at(15, "CL034", "idempotency.ttl = \"59.9s\": must be at least 60 s"));
  EXPECT_EQ(
      errors(keyed("") + "option (cpp_lite.file).ttl = \"1s\";\n"),
      summary(1) + "bad.proto:17:1: error: [CL034] file: ttl = \"1s\": must be at least 60 s\n");
  EXPECT_EQ(warnings(dotted(option("idempotency.ttl = \"60s\""))), "");
}

TEST_F(ServedKeys, AreRememberedForTwiceTheLongestCall) {  // CL034
  const auto fault = [](const std::string& name, const std::string& longest) {
    return "the ttl of 60 s is less than twice the " + name + " of " + longest +
           "; a late attempt would come after its key is forgotten";
  };
  const std::string ttl = option("idempotency.ttl = \"60s\"");
  EXPECT_EQ(errors(dotted(option("timeout = \"31s\"") + ttl)),
            summary(1) + at(16, "CL034", fault("timeout", "31 s")));
  EXPECT_EQ(errors(dotted(option("timeout = \"1s\"") + option("max_timeout = \"30.5s\"") + ttl)),
            summary(1) + at(17, "CL034", fault("max_timeout", "30.5 s")));
  EXPECT_EQ(
      errors(keyed("", option("timeout = \"31s\"")) + "option (cpp_lite.file).ttl = \"60s\";\n"),
      summary(1) + at(14, "CL034", fault("timeout", "31 s")));
  EXPECT_EQ(warnings(dotted(option("max_timeout = \"30s\"") + ttl)), "");
}

TEST_F(ServedKeys, AreNotRunAgainWhereNobodyKnowsTheOutcome) {  // CL035
  const std::string rerun = option("idempotency.on_lease_expiry = RERUN");
  EXPECT_EQ(errors(dotted(rerun)),
            summary(1) + at(15, "CL035",
                            "on_lease_expiry = RERUN would repeat EXTERNAL effects whose outcome "
                            "nobody knows; say where the effects are, or idempotency_level = "
                            "IDEMPOTENT"));
  EXPECT_EQ(warnings(dotted(rerun + level("IDEMPOTENT"))), "");
  EXPECT_EQ(policy(), "{.rerun = true, }");
}

TEST_F(ServedKeys, AreReleasedByCodesThatPromiseThatNothingWasDone) {  // CL036
  std::string options, expected;
  int line = 15;
  for (const std::string name : {"OK", "CANCELLED", "DEADLINE_EXCEEDED", "UNKNOWN", "INTERNAL"}) {
    options += option("idempotency.release_on = " + name);
    expected += at(line++, "CL036", "release_on: " + name + " is no promise that nothing was done");
  }
  EXPECT_EQ(errors(dotted(options)), summary(5) + expected);
  EXPECT_EQ(warnings(dotted(option("idempotency.release_on = ABORTED") +
                            option("idempotency.release_on = ABORTED"))),
            warning(16, "CL016", "release_on: ABORTED is listed twice"));
  EXPECT_EQ(policy(), "{.release_on = 1U << 10, }");
}

TEST_F(ServedKeys, HaveAFingerprintOfWhatIsThere) {  // CL037
  const auto fault = [this](const std::string& path, const std::string& fields = "") {
    return errors(keyed("fingerprint_exclude: \"" + path + "\"", "", fields));
  };
  const auto text = [](const std::string& path, const std::string& why) {
    return summary(1) + at(14, "CL037", "fingerprint_exclude = \"" + path + "\": " + why);
  };
  for (const std::string path : {"", "*", "."}) {
    EXPECT_EQ(fault(path),
              text(path, "that is the whole request, which would make all requests the same"));
  }
  EXPECT_EQ(fault("k"), text("k", "the key is no part of the fingerprint anyway"));
  EXPECT_EQ(fault("no"), text("no", "bad.Q has no field of the name \"no\""));
  EXPECT_EQ(fault("inner.no"), text("inner.no", "bad.Inner has no field of the name \"no\""));
  EXPECT_EQ(fault("inner."), text("inner.", "bad.Inner has no field of the name \"\""));
  EXPECT_EQ(fault("at.x"), text("at.x", "at is no message"));
  EXPECT_EQ(fault("m.value", "map<string, Inner> m = 9;"),
            text("m.value", "m is a map; a path can name it, but nothing in it"));
}

TEST_F(ServedKeys, HaveAFingerprintWithoutWhatIsExcluded) {
  EXPECT_EQ(warnings(keyed("fingerprint_exclude: [ \"many.key\", \"at\", \"m\", \"inner\", "
                           "\"inner.key\", \"at\" ]",
                           "", "map<string, Inner> m = 9; repeated Inner many = 8;")),
            "");
  const std::string text = workspace_.read("out/bad.lite.cc");
  EXPECT_NE(text.find("excluded_0_0[] = {3};\n"), std::string::npos) << text;
  EXPECT_NE(text.find("excluded_0_1[] = {4};\n"), std::string::npos);
  EXPECT_NE(text.find("excluded_0_2[] = {8, 1};\n"), std::string::npos);
  EXPECT_NE(text.find("excluded_0_3[] = {9};\n"), std::string::npos);
  EXPECT_EQ(text.find("excluded_0_4"), std::string::npos);
}

TEST_F(ServedKeys, MayNotBeExecutedForHalfOfTheirTtl) {  // CL038
  EXPECT_EQ(errors(dotted(option("idempotency.ttl = \"100s\"") +
                          option("idempotency.max_execution = \"50.5s\""))),
            summary(1) +
                at(16, "CL038", "max_execution of 50.5 s is more than half of the ttl of 100 s"));
  EXPECT_EQ(
      warnings(dotted(option("timeout = \"5s\"") + option("idempotency.max_execution = \"4s\""))),
      warning(16, "CL038", "max_execution of 4 s is less than the timeout of 5 s"));
  EXPECT_EQ(warnings(dotted(option("timeout = \"5s\"") + option("idempotency.ttl = \"100s\"") +
                            option("idempotency.max_execution = \"50s\""))),
            "");
}

TEST_F(ServedKeys, ThatAreSharedAreWorthAWarning) {  // CL039
  EXPECT_EQ(warnings(dotted(option("idempotency.scope = SHARED"))),
            warning(15, "CL039",
                    "scope = SHARED: whoever knows or guesses a key gets the answer that another "
                    "caller got"));
  EXPECT_EQ(policy(), "{.shared_scope = true, }");
  EXPECT_EQ(warnings(dotted(option("idempotency.scope = PRINCIPAL"))), "");
}

TEST_F(ServedKeys, AreScopedByMetadataThatCanNameATenant) {  // CL033
  const auto fault = [](const std::string& name, const std::string& why) {
    return "scope_metadata = \"" + name + "\": " + why;
  };
  EXPECT_EQ(
      errors(dotted(option("idempotency.scope_metadata = \"Tenant\"") +
                    option("idempotency.scope_metadata = \"authorization\"") +
                    option("idempotency.scope_metadata = \"tenant\"") +
                    option("idempotency.scope_metadata = \"tenant\""))),
      summary(3) +
          at(15, "CL033", fault("Tenant", "expected lower-case letters, digits and \"_.-\"")) +
          at(16, "CL033", fault("authorization", "this header means something else")) +
          at(18, "CL033", fault("tenant", "named twice")));
  EXPECT_EQ(errors(with_request("", option("idempotency = { metadata_key: \"x\" scope_metadata: "
                                           "\"x\" }"))),
            summary(1) + at(14, "CL033", fault("x", "this is the key itself")));
}

TEST_F(ServedKeys, AreNotForMethodsWithoutEffects) {  // CL041
  EXPECT_EQ(errors(dotted(level("NO_SIDE_EFFECTS"))),
            summary(1) + at(14, "CL041", "a method of NO_SIDE_EFFECTS needs no key"));
  EXPECT_EQ(warnings(dotted(level("IDEMPOTENT"))), "");
}

TEST_F(ServedKeys, AreRunAgainWhereThatIsSafe) {  // CL042
  for (const std::string effects : {"TRANSACTIONAL", "DOWNSTREAM_KEYED"}) {
    const std::string ttl = option("idempotency.downstream_ttl = \"86400s\"");
    EXPECT_EQ(errors(dotted(ttl + option("idempotency.effects = " + effects))),
              summary(1) + at(16, "CL042",
                              "effects = " + effects +
                                  " can be repeated after a crash; say on_lease_expiry: RERUN"));
  }
  EXPECT_EQ(warnings(keyed("effects: TRANSACTIONAL on_lease_expiry: RERUN")), "");
  EXPECT_EQ(policy(), "{.effects = Effects::transactional, .rerun = true, }");
}

TEST_F(ServedKeys, OfADownstreamEndBeforeThatForgets) {  // CL042
  const auto downstream = [](const std::string& more) {
    return dotted(option("idempotency.effects = DOWNSTREAM_KEYED") +
                  option("idempotency.on_lease_expiry = RERUN") + more);
  };
  EXPECT_EQ(errors(downstream("")),
            summary(1) + at(15, "CL042",
                            "effects = DOWNSTREAM_KEYED needs downstream_ttl: how long the "
                            "downstream remembers keys"));
  EXPECT_EQ(errors(downstream(option("idempotency.downstream_ttl = \"60s\""))),
            summary(1) + at(17, "CL042",
                            "downstream_ttl of 60 s is not more than twice the max_execution of "
                            "30 s"));
  EXPECT_EQ(warnings(downstream(option("idempotency.downstream_ttl = \"60.1s\""))), "");
  EXPECT_EQ(warnings(downstream(option("timeout = \"1s\"") +
                                option("idempotency.downstream_ttl = \"2.1s\""))),
            "");
}

TEST_F(ServedKeys, AreCheckedAllAtOnceInTheOrderOfTheFile) {
  const std::string err = errors(with_request(
      "repeated string k = 2;",
      option("idempotency.key_field = \"k\"") + level("NO_SIDE_EFFECTS") +
          option("idempotency.scope = SHARED") + option("idempotency.ttl = \"10s\"") +
          option("idempotency.on_lease_expiry = RERUN") + option("idempotency.release_on = OK") +
          option("idempotency.fingerprint_exclude = \"x\"")));
  std::string ids;
  for (std::size_t at = 0; (at = err.find("[CL", at)) != std::string::npos; ++at) {
    ids += err.substr(at, 7);
  }
  EXPECT_EQ(ids, "[CL039][CL031][CL041][CL034][CL035][CL036][CL037]") << err;  // a warning first
}

}  // namespace
}  // namespace cpp_lite::plugin
