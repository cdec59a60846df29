// Safety classes and keys: what the .proto says, what AIP-155 says, and what looks forgotten.
#include <gtest/gtest.h>

#include <string>

#include "keyed_proto.h"

namespace cpp_lite::plugin {
namespace {

using Keys = KeyedProto;

constexpr const char* kUuid4 = "string request_id = 9 [(field_info).format = 1];";
constexpr const char* kKeyed = ", .safety = ::cpp_lite::Safety::keyed";
// Half of a day: what a ttl of a day leaves to a call.
constexpr const char* kHalf = ", .max_timeout = ::std::chrono::milliseconds(43200000)";

TEST_F(Keys, OfAip155AreTheClientsBusiness) {
  EXPECT_EQ(warnings(with_request(kUuid4)), "");
  EXPECT_EQ(row(),
            std::string(kKeyed) +
                ", .key_field = 9, .key_field_name = \"request_id\", .client_generates = true");
  EXPECT_NE(workspace_.read("out/bad.lite.cc").find("request, request.request_id(), deadline"),
            std::string::npos);
  EXPECT_EQ(warnings(with_request(kUuid4), {"--cpp-lite_opt=aip155=client"}), "");
  EXPECT_EQ(row(),
            std::string(kKeyed) +
                ", .key_field = 9, .key_field_name = \"request_id\", .client_generates = true");
}

TEST_F(Keys, OfAip155ThatAreRequiredAreNotGenerated) {
  EXPECT_EQ(warnings(with_request("string request_id = 9 [(field_info).format = 1, "
                                  "(field_behavior) = 5, (field_behavior) = 2];")),
            "");
  EXPECT_EQ(row(), std::string(kKeyed) + ", .key_field = 9, .key_field_name = \"request_id\"");
}

TEST_F(Keys, OfAip155GiveWayToWhatTheMethodSays) {
  EXPECT_EQ(warnings(with_request(kUuid4, level("NO_SIDE_EFFECTS"))), "");
  EXPECT_EQ(row(), ", .safety = ::cpp_lite::Safety::no_side_effects");
  EXPECT_EQ(warnings(with_request(kUuid4, option("idempotency.metadata_key = \"x-key\""))), "");
  EXPECT_EQ(row(), std::string(kKeyed) + kHalf + ", .key_metadata = \"x-key\"");
}

TEST_F(Keys, OfAip155AreUuidsInAStringOfAUnaryRequest) {
  for (const char* other : {"string request_id = 9 [(field_info).format = 2];",
                            "string request_id = 9;", "string id = 9 [(field_info).format = 1];",
                            "bytes request_id = 9 [(field_info).format = 1];",
                            "repeated string request_id = 9 [(field_info).format = 1];"}) {
    warnings(with_request(other));
    EXPECT_EQ(row(), "") << other;
  }
  EXPECT_EQ(warnings(with_request(kUuid4, "", "(Q) returns (stream Q)")), "");
  EXPECT_EQ(row(), ", .server_streams = true");
}

TEST_F(Keys, ThatLookForgottenAreWorthAWarning) {
  for (const std::string name : {"idempotency_key", "request_id"}) {
    const std::string text = with_request("string " + name + " = 2;");
    EXPECT_EQ(warnings(text),
              "bad.proto:13:3: warning: [CL040] method bad.S.M: the request has a field " + name +
                  ", but the method says nothing of idempotency, so a lost call is not repeated; "
                  "state (cpp_lite.method).idempotency or idempotency_level\n");
    EXPECT_EQ(row(), "");
    EXPECT_EQ(warnings(text, {"--cpp-lite_opt=no_warn=CL040"}), "");
    EXPECT_EQ(warnings(with_request("string " + name + " = 2;", level("IDEMPOTENT"))), "");
    EXPECT_EQ(warnings(with_request("int64 " + name + " = 2;")), "");
    EXPECT_EQ(warnings(with_request("string " + name + " = 2;", "", "(stream Q) returns (Q)")), "");
  }
}

TEST_F(Keys, OfAip155AreForgottenOnesWhenItIsOff) {
  const std::string err = warnings(with_request(kUuid4), {"--cpp-lite_opt=aip155=off"});
  EXPECT_TRUE(err.starts_with("bad.proto:13:3: warning: [CL040] method bad.S.M: ")) << err;
  EXPECT_EQ(row(), "");
}

TEST_F(Keys, OfAip155HaveToBeStatedWhenItIsStrict) {
  const Strings strict = {"--cpp-lite_opt=aip155=strict"};
  EXPECT_EQ(errors(with_request(kUuid4), strict),
            summary(1) +
                "bad.proto:13:3: error: [CL040] method bad.S.M: request_id is a UUID4, but the "
                "method says nothing of idempotency; aip155=strict asks for "
                "(cpp_lite.method).idempotency or idempotency_level\n");
  EXPECT_EQ(
      warnings(with_request(kUuid4, option("idempotency.key_field = \"request_id\"")), strict), "");
  const std::string err = warnings(with_request("string request_id = 9;"), strict);
  EXPECT_NE(err.find(": warning: [CL040]"), std::string::npos) << err;
}

TEST_F(Keys, ThatAreUuidsHaveToBeStatedUnderAnyNameAndInAOneofWhenAip155IsStrict) {
  const Strings strict = {"--cpp-lite_opt=aip155=strict"};
  for (const std::string name : {"idempotency_key", "request_id"}) {
    const std::string field = "string " + name + " = 9 [(field_info).format = 1];";
    for (const std::string& fields : {field, "oneof x { " + field + " string l = 2; }"}) {
      const std::string err = errors(with_request(fields), strict);
      EXPECT_NE(err.find("error: [CL040] method bad.S.M: " + name + " is a UUID4, but"),
                std::string::npos)
          << err;
    }
  }
}

TEST_F(Keys, AreGeneratedUnlessTheEffectsAreExternal) {
  const auto keyed = [](const std::string& more) {
    return with_request("string k = 2;", option("idempotency = { key_field: \"k\" " + more + " }"));
  };
  EXPECT_EQ(warnings(keyed("")), "");
  EXPECT_EQ(row(), std::string(kKeyed) + kHalf + ", .key_field = 2, .key_field_name = \"k\"");
  for (const char* yes : {"client_generates: true", "effects: TRANSACTIONAL on_lease_expiry: RERUN",
                          "effects: DOWNSTREAM_KEYED on_lease_expiry: RERUN "
                          "downstream_ttl: \"86400s\""}) {
    EXPECT_EQ(warnings(keyed(yes)), "");
    EXPECT_EQ(row(), std::string(kKeyed) + kHalf +
                         ", .key_field = 2, .key_field_name = \"k\", .client_generates = true");
  }
  EXPECT_EQ(
      warnings(keyed("effects: TRANSACTIONAL on_lease_expiry: RERUN client_generates: false")), "");
  EXPECT_EQ(row(), std::string(kKeyed) + kHalf + ", .key_field = 2, .key_field_name = \"k\"");
}

TEST_F(Keys, BoundTheCallByHalfOfTheirTtl) {
  const auto keyed = [](const std::string& more, const std::string& defaults = "") {
    return with_request("string k = 2;", option("idempotency = { key_field: \"k\" }") + more) +
           defaults;
  };
  const auto bound = [](int milliseconds) {
    return std::string(kKeyed) + ", .max_timeout = ::std::chrono::milliseconds(" +
           std::to_string(milliseconds) + "), .key_field = 2, .key_field_name = \"k\"";
  };
  EXPECT_EQ(warnings(keyed(option("max_timeout = \"7s\""))), "");
  EXPECT_EQ(row(), bound(7000));
  EXPECT_EQ(warnings(keyed("", "option (cpp_lite.file).ttl = \"600s\";\n")), "");
  EXPECT_EQ(row(), bound(300'000));
  EXPECT_EQ(
      warnings(keyed(option("max_timeout = \"300s\""), "option (cpp_lite.file).ttl = \"600s\";\n")),
      "");
  EXPECT_EQ(row(), bound(300'000));
}

TEST_F(Keys, AreOneStringOrBytesFieldOfTheRequestItself) {
  const auto fault = [this](const std::string& fields, const std::string& name) {
    return errors(with_request(fields, option("idempotency.key_field = \"" + name + "\"")));
  };
  const auto text = [](const std::string& name, const std::string& why) {
    return key_error("idempotency.key_field = \"" + name + "\": " + why);
  };
  EXPECT_EQ(fault("", "k"), text("k", "bad.Q has no field of that name"));
  EXPECT_EQ(fault("", "a\\\"b"), text("a\"b", "bad.Q has no field of that name"));
  EXPECT_EQ(fault("Inner inner = 1;", "inner.key"),
            text("inner.key", "the key has to be a field of bad.Q itself"));
  EXPECT_EQ(fault("repeated string k = 1;", "k"),
            text("k", "the field is repeated; a request has one key"));
  EXPECT_EQ(fault("oneof x { string k = 1; string l = 2; }", "k"),
            text("k",
                 "the field is part of a oneof, so that a generated key would replace another "
                 "member"));
  EXPECT_EQ(fault("int64 k = 1;", "k"), text("k", "the field is neither string nor bytes"));
  EXPECT_EQ(fault("Inner k = 1;", "k"), text("k", "the field is neither string nor bytes"));
  for (const char* fine : {"string k = 1;", "bytes k = 1;", "optional string k = 1;"}) {
    EXPECT_EQ(warnings(with_request(fine, option("idempotency.key_field = \"k\""))), "");
  }
}

TEST_F(Keys, AreNamedAndNotGeneratedWhereTheFieldIsRequired) {
  EXPECT_EQ(errors(with_request("", option("idempotency.ttl = \"600s\""))),
            key_error("idempotency names no key; state key_field or metadata_key"));
  const std::string required = "string k = 1 [(field_behavior) = 2];";
  EXPECT_EQ(errors(with_request(required, option("idempotency = { key_field: \"k\" "
                                                 "client_generates: true }"))),
            key_error("idempotency.key_field = \"k\": the field is REQUIRED, so client_generates "
                      "has nothing to do"));
  EXPECT_EQ(warnings(with_request(required, option("idempotency = { key_field: \"k\" "
                                                   "effects: TRANSACTIONAL "
                                                   "on_lease_expiry: RERUN }"))),
            "");
  EXPECT_EQ(row(), std::string(kKeyed) + kHalf + ", .key_field = 1, .key_field_name = \"k\"");
}

TEST_F(Keys, StandInOnePlace) {
  const std::string field = option("idempotency.key_field = \"k\"");
  const std::string metadata = option("idempotency.metadata_key = \"x-key\"");
  const std::string text =
      "[CL031] method bad.S.M: idempotency.key_field and idempotency.metadata_key: a call has one "
      "key\n";
  EXPECT_EQ(errors(with_request("string k = 1;", field + metadata)),
            summary(1) + "bad.proto:15:5: error: " + text);
  EXPECT_EQ(errors(with_request("string k = 1;", metadata + field)),
            summary(1) + "bad.proto:15:5: error: " + text);
}

TEST_F(Keys, OfTheMetadataHaveANameThatIsFree) {
  const auto fault = [this](const std::string& name) {
    return errors(with_request("", option("idempotency.metadata_key = \"" + name + "\"")));
  };
  const auto text = [](const std::string& name, const std::string& why) {
    return key_error("idempotency.metadata_key = \"" + name + "\": " + why, "CL033");
  };
  for (const std::string name : {"", "Key", "a b"}) {
    EXPECT_EQ(fault(name), text(name, "expected lower-case letters, digits and \"_.-\""));
  }
  EXPECT_EQ(fault("\\\", .x = 1"), text("\", .x = 1",
                                        "expected lower-case letters, digits and "
                                        "\"_.-\""));
  EXPECT_EQ(fault("cpp-lite-key"),
            text("cpp-lite-key", "names that begin with \"cpp-lite-\" are reserved"));
  EXPECT_EQ(fault("grpc-key"), text("grpc-key", "names that begin with \"grpc-\" are reserved"));
  EXPECT_EQ(fault("key-bin"), text("key-bin", "a key is text, and \"-bin\" is for bytes"));
  EXPECT_EQ(fault("cpp-lite-store"),
            text("cpp-lite-store", "names that begin with \"cpp-lite-\" are reserved"));
  for (const std::string name :
       {"authorization", "te", "content-type", "keep-alive", "upgrade", "proxy-connection",
        "connection", "content-length", "host", "user-agent", "transfer-encoding", "cookie", "date",
        "accept", "accept-encoding", "x-envoy-attempt-count", "idempotent-replayed"}) {
    EXPECT_EQ(fault(name), text(name, "this header means something else"));
  }
  EXPECT_EQ(warnings(with_request("", option("idempotency.metadata_key = \"idempotency-key\""))),
            "");
}

TEST_F(Keys, WithNamesThatCppDoesNotAllowAreReadByTheirCppName) {
  EXPECT_EQ(warnings(with_request("string delete = 1; string Upper = 2;",
                                  option("idempotency.key_field = \"delete\""))),
            "");
  EXPECT_NE(workspace_.read("out/bad.lite.cc").find("request.delete_()"), std::string::npos);
  EXPECT_EQ(warnings(with_request("string delete = 1; string Upper = 2;",
                                  option("idempotency.key_field = \"Upper\""))),
            "");
  EXPECT_NE(workspace_.read("out/bad.lite.cc").find("request.upper()"), std::string::npos);
}

}  // namespace
}  // namespace cpp_lite::plugin
