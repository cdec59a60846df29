// What is wrong with a .proto: the exact text, with positions, all of it at once, and no output.
#include <gtest/gtest.h>

#include "bad_proto.h"

namespace cpp_lite::plugin {
namespace {

using Errors = BadProto;

constexpr const char* kStream = "(Q) returns (stream Q)";

TEST_F(Errors, PointAtADottedOption) {
  EXPECT_EQ(errors(method(option("timeout = \"5\""))),
            summary(1) +
                "bad.proto:7:5: error: [CL001] method bad.S.M: timeout = \"5\": not a duration; "
                "write seconds such as \"0.5s\" or \"30s\", at most 315576000000s\n");
}

TEST_F(Errors, PointAtAWholeAggregate) {
  EXPECT_EQ(errors(method("\n    option (cpp_lite.method) = {\n      timeout: \"0s\"\n    };\n")),
            summary(1) +
                "bad.proto:8:5: error: [CL001] method bad.S.M: timeout = \"0s\": must be more "
                "than 0\n");
}

TEST_F(Errors, CheckEveryDurationOfAMethod) {
  const std::string err = errors(method(
      level("IDEMPOTENT") + option("timeout = \"-1s\"") + option("max_timeout = \"1h\"") +
          option("attempt_timeout = \"1\"") +
          option("retry = { initial_backoff: \"x\" max_backoff: \"0s\" }") +
          option("idempotency = { ttl: \"1d\" max_execution: \"\" "
                 "downstream_ttl: \".5s\" }") +
          option("stream.idle_timeout = \"0s\"") + option("stream.max_duration = \"forever\""),
      kStream));
  for (const char* line :
       {"bad.proto:8:5: error: [CL001] method bad.S.M: timeout = \"-1s\": must be more than 0\n",
        "bad.proto:9:5: error: [CL001] method bad.S.M: max_timeout = \"1h\": not a duration;",
        "bad.proto:10:5: error: [CL001] method bad.S.M: attempt_timeout = \"1\": not a duration;",
        "bad.proto:11:5: error: [CL001] method bad.S.M: retry.initial_backoff = \"x\": not",
        "bad.proto:11:5: error: [CL001] method bad.S.M: retry.max_backoff = \"0s\": must be more",
        "bad.proto:12:5: error: [CL001] method bad.S.M: idempotency.ttl = \"1d\": not a duration",
        "bad.proto:12:5: error: [CL001] method bad.S.M: idempotency.max_execution = \"\": not a",
        "bad.proto:12:5: error: [CL001] method bad.S.M: idempotency.downstream_ttl = \".5s\": not",
        "bad.proto:13:5: error: [CL001] method bad.S.M: stream.idle_timeout = \"0s\": must be",
        "bad.proto:14:5: error: [CL001] method bad.S.M: stream.max_duration = \"forever\": not"}) {
    EXPECT_NE(err.find(line), std::string::npos) << line << "\n" << err;
  }
  EXPECT_TRUE(err.starts_with(summary(11))) << err;  // and CL030
}

TEST_F(Errors, LetAHedgingDelayBeZeroButNotNegative) {
  const auto hedging = [&](const char* delay) {
    return method(
        level("IDEMPOTENT") +
        option(std::string("hedging = { max_attempts: 2 hedging_delay: \"") + delay + "\" }"));
  };
  EXPECT_EQ(warnings(hedging("0s")), "");
  EXPECT_EQ(errors(hedging("-0.1s")),
            summary(1) +
                "bad.proto:8:5: error: [CL001] method bad.S.M: hedging.hedging_delay = \"-0.1s\": "
                "must not be negative\n");
}

TEST_F(Errors, CheckDurationsOfFilesAndServices) {
  EXPECT_EQ(errors(std::string(kHead) + "option (cpp_lite.file).ttl = \"0s\";\n"
                                        "option (cpp_lite.file).timeout = \"0s\";\n"
                                        "service S {\n"
                                        "  option (cpp_lite.service).retry.max_backoff = \"-1s\";\n"
                                        "  rpc M(Q) returns (Q);\n"
                                        "}\n",
                   {"--cpp-lite_opt=require_timeout"}),
            summary(3) +
                "bad.proto:5:1: error: [CL001] file: ttl = \"0s\": must be more than 0\n"
                "bad.proto:6:1: error: [CL001] file: timeout = \"0s\": must be more than 0\n"
                "bad.proto:8:3: error: [CL001] service bad.S: retry.max_backoff = \"-1s\": must be "
                "more than 0\n");
}

TEST_F(Errors, KeepHostileValuesOnOneLine) {
  const std::string err =
      errors(method(option("timeout = \"a\\nb\\x1b" + std::string(100, 'x') + "\"")));
  EXPECT_NE(err.find("timeout = \"a?b?" + std::string(56, 'x') + "...\": not"), std::string::npos)
      << err;
}

TEST_F(Errors, AskForATimeoutOnlyIfTheParameterDoes) {
  const std::string text =
      "syntax = \"proto3\";\npackage bad;\n\nmessage Q {}\n"
      "service S {\n  rpc M(Q) returns (Q);\n  rpc N(Q) returns (stream Q);\n}\n";
  workspace_.write("bad.proto", text);
  EXPECT_EQ(workspace_.generate({"bad.proto"}).exit_code, 0);
  EXPECT_EQ(
      workspace_.generate({"bad.proto"}, {"--cpp-lite_opt=require_timeout,default_timeout=5s"})
          .exit_code,
      0);
  workspace_.run({"rm", "-r", "out"});
  EXPECT_EQ(errors(text, {"--cpp-lite_opt=require_timeout"}),
            summary(2) +
                "bad.proto:6:3: error: [CL002] method bad.S.M: no timeout; require_timeout asks "
                "for one here, in its service or in its file\n"
                "bad.proto:7:3: error: [CL003] method bad.S.N: a stream needs a timeout, or "
                "stream.idle_timeout with stream.max_duration\n");
}

TEST_F(Errors, AcceptBoundedStreamsUnderRequireTimeout) {
  for (const std::string& options :
       {option("timeout = \"5s\""),
        option("stream = { idle_timeout: \"5s\" max_duration: \"unbounded\" }")}) {
    workspace_.write("bad.proto", method(options, kStream));
    EXPECT_EQ(workspace_.generate({"bad.proto"}, {"--cpp-lite_opt=require_timeout"}).exit_code, 0);
  }
  workspace_.run({"rm", "-r", "out"});
  const std::string half = method(option("stream.max_duration = \"5s\""), kStream);
  EXPECT_NE(errors(half, {"--cpp-lite_opt=require_timeout"}).find("bad.proto:6:3: error: [CL003]"),
            std::string::npos);
}

TEST_F(Errors, AllowUnboundedInMaxDurationAlone) {
  EXPECT_EQ(errors(method(
                option("timeout = \"unbounded\"") + option("stream.idle_timeout = \"unbounded\""),
                kStream)),
            summary(2) +
                "bad.proto:7:5: error: [CL003] method bad.S.M: timeout = \"unbounded\": only "
                "stream.max_duration may be unbounded\n"
                "bad.proto:8:5: error: [CL003] method bad.S.M: stream.idle_timeout = "
                "\"unbounded\": only stream.max_duration may be unbounded\n");
}

TEST_F(Errors, AskForAnIdleTimeoutBesideUnbounded) {
  for (const Strings& parameters : {Strings{}, Strings{"--cpp-lite_opt=require_timeout"}}) {
    EXPECT_EQ(errors(method(option("stream.max_duration = \"unbounded\""), kStream), parameters),
              summary(1) +
                  "bad.proto:7:5: error: [CL003] method bad.S.M: stream.max_duration = "
                  "\"unbounded\" needs stream.idle_timeout beside it\n");
  }
}

TEST_F(Errors, RefuseStreamBoundsOnAUnaryMethod) {
  EXPECT_EQ(errors(method(option("stream = { idle_timeout: \"5s\" }"))),
            summary(1) +
                "bad.proto:7:5: error: [CL003] method bad.S.M: stream bounds on a method that does "
                "not stream; use timeout\n");
}

TEST_F(Errors, RefuseAnAttemptTimeoutOnAMethodThatMayNotBeRepeated) {
  EXPECT_EQ(errors(method(option("attempt_timeout = \"1s\""))),
            summary(1) +
                "bad.proto:7:5: error: [CL004] method bad.S.M: attempt_timeout on a method that "
                "may not be repeated would only end the call; state idempotency_level or "
                "idempotency, or use timeout\n");
}

TEST_F(Errors, RefuseBoundsThatContradictEachOther) {
  EXPECT_EQ(errors(method(level("IDEMPOTENT") + option("timeout = \"5s\"") +
                          option("attempt_timeout = \"5s\"") + option("max_timeout = \"4.9s\""))),
            summary(2) +
                "bad.proto:9:5: error: [CL004] method bad.S.M: attempt_timeout of 5 s does nothing "
                "beside a timeout of 5 s\n"
                "bad.proto:10:5: error: [CL004] method bad.S.M: max_timeout of 4.9 s is less than "
                "the timeout of 5 s\n");
}

TEST_F(Errors, CompareBoundsWithInheritedTimeouts) {
  EXPECT_EQ(errors(method(option("max_timeout = \"1s\"")), {"--cpp-lite_opt=default_timeout=2s"}),
            summary(1) +
                "bad.proto:7:5: error: [CL004] method bad.S.M: max_timeout of 1 s is less than the "
                "timeout of 2 s\n");
}

TEST_F(Errors, RefuseMapEntriesAsMethodTypes) {
  EXPECT_EQ(errors("syntax = \"proto3\";\n"
                   "message Q { map<string, string> labels = 1; }\n"
                   "service S {\n"
                   "  rpc M(Q.LabelsEntry) returns (Q);\n"
                   "}\n"),
            summary(1) +
                "bad.proto:4:9: error: method S.M: Q.LabelsEntry is the entry of a map, which is "
                "no message of its own\n");
}

TEST_F(Errors, RefuseGenericServices) {
  EXPECT_EQ(errors("syntax = \"proto3\";\noption cc_generic_services = true;\n"
                   "message Q {}\nservice S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:2:1: error: cc_generic_services makes protoc declare classes of the "
                "services' names; remove the option\n");
}

TEST_F(Errors, RefuseAPackageThatNoNamespaceCanHave) {
  EXPECT_EQ(errors("syntax = \"proto3\";\npackage foo.class.v1;\n"
                   "message Q {}\nservice S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:2:1: error: package foo.class.v1: protoc makes a namespace of "
                "\"class\", a word of C++; rename it, or use protobuf 27 or newer\n");
}

TEST_F(Errors, RefuseAPackageThatIsAMacroOfC) {
  EXPECT_EQ(errors("syntax = \"proto3\";\npackage errno.v1;\n"
                   "message Q {}\nservice S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:2:1: error: package errno.v1: protoc makes a namespace of "
                "\"errno\", a macro of C's headers; rename it\n");
}

TEST_F(Errors, WarnOfAPackageThatGnuExtensionsLeaveUncompilable) {
  const std::string text =
      "syntax = \"proto3\";\npackage os.linux.v1;\n"
      "message Q {}\nservice S { rpc M(Q) returns (Q); }\n";
  EXPECT_EQ(warnings(text),
            "bad.proto:2:1: warning: [CL060] package os.linux.v1: \"linux\" is a macro of GNU C++; "
            "compile without extensions (-std=c++20, CMAKE_CXX_EXTENSIONS OFF), or with -Ulinux\n");
  EXPECT_EQ(warnings(text, {"--cpp-lite_opt=no_warn=CL060"}), "");
}

TEST_F(Errors, RefuseTheNamespacesOfTheRuntime) {
  const std::string rest = "message Q {}\nservice S { rpc M(Q) returns (Q); }\n";
  for (const char* package : {"cpp_lite", "cpp_lite.detail", "cpp_lite.detail.v1",
                              "cpp_lite.testing", "cpp_lite.idempotency"}) {
    EXPECT_EQ(errors(std::string("syntax = \"proto3\";\npackage ") + package + ";\n" + rest),
              summary(1) + "bad.proto:2:1: error: package " + package +
                  " is the runtime's own namespace; use another one\n");
  }
  EXPECT_EQ(warnings("syntax = \"proto3\";\npackage cpp_lite.details;\n" + rest), "");
}

TEST_F(Errors, RefuseTheNameOfTheRuntimesNamespaceWhereThereIsNoPackage) {
  EXPECT_EQ(errors("syntax = \"proto2\";\nmessage Q { extensions 1; }\n"
                   "message cpp_lite {}\n"
                   "service S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:3:1: error: message cpp_lite has the name of the runtime's namespace; "
                "put it into a package\n");
  EXPECT_EQ(errors("syntax = \"proto2\";\nmessage Q { extensions 1; }\n"
                   "enum cpp_lite { A = 0; }\n"
                   "service S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:3:1: error: enum cpp_lite has the name of the runtime's namespace; "
                "put it into a package\n");
  EXPECT_EQ(errors("syntax = \"proto2\";\nmessage Q { extensions 1; }\n"
                   "enum E {\n  A = 0;\n  cpp_lite = 1;\n}\n"
                   "service S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:5:3: error: enum value cpp_lite has the name of the runtime's "
                "namespace; put it into a package\n");
  EXPECT_EQ(errors("syntax = \"proto2\";\nmessage Q { extensions 1; }\n"
                   "extend Q {\n  optional string cpp_lite = 1;\n}\n"
                   "service S { rpc M(Q) returns (Q); }\n"),
            summary(1) +
                "bad.proto:4:3: error: extension cpp_lite has the name of the runtime's "
                "namespace; put it into a package\n");
}

TEST_F(Errors, RefuseAFileNameThatWouldEndACommentOrAnInclude) {
  for (const char* name : {"new\nline.proto", "quo\"te.proto", "back\\slash.proto"}) {
    workspace_.write(name,
                     "syntax = \"proto3\"; package q; message Q {}\n"
                     "service S { rpc M(Q) returns (Q); }\n");
    const Outcome outcome = workspace_.generate({name});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_NE(outcome.err.find("has a control character, a quote or a backslash in it"),
              std::string::npos)
        << outcome.err;
  }
}

TEST_F(Errors, OfAllFilesComeSortedAndNothingIsWritten) {
  workspace_.write("z.proto", method(option("timeout = \"z\"")));
  workspace_.write("good.proto",
                   "syntax = \"proto3\"; package good; message Q {}\n"
                   "service S { rpc M(Q) returns (Q); }\n");
  workspace_.write("a.proto",
                   "syntax = \"proto3\"; package a; message Q {}\n"
                   "option cc_generic_services = true;\n"
                   "service S { rpc M(Q) returns (Q); }\n");
  const Outcome outcome = workspace_.generate({"z.proto", "good.proto", "a.proto"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.err.starts_with(summary(2) + "a.proto:2:1: error: ")) << outcome.err;
  EXPECT_NE(outcome.err.find("\nz.proto:7:5: error: "), std::string::npos) << outcome.err;
  EXPECT_FALSE(workspace_.has("out/good.lite.h"));
}

TEST_F(Errors, ComeInTheOrderOfLinesNotOfDigits) {
  const std::string err =
      errors(method(option("timeout = \"x\"") + "\n\n\n\n" + option("max_timeout = \"x\"")));
  EXPECT_LT(err.find("bad.proto:7:5:"), err.find("bad.proto:12:5:")) << err;
}

TEST_F(Errors, HaveNoPositionWithoutSourceInfo) {
  workspace_.write("bad.proto", method(option("timeout = \"5\"")));
  ASSERT_EQ(workspace_
                .run({protoc_path(), "-I.", "-I" + options_dir(), "--descriptor_set_out=set.bin",
                      "--include_imports", "bad.proto"})
                .exit_code,
            0);
  const Outcome outcome = workspace_.run({protoc_path(), "--descriptor_set_in=set.bin",
                                          "--plugin=protoc-gen-cpp-lite=" + plugin_path(),
                                          "--cpp-lite_out=.", "bad.proto"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(outcome.err.starts_with(summary(1) + "bad.proto: error: [CL001] method bad.S.M: "))
      << outcome.err;
}

}  // namespace
}  // namespace cpp_lite::plugin
