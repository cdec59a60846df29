// The constructs of a .proto that break generators, by compiling what comes out. The protos are
// few, because the compilers spend their time on .pb.h files; the comments name the constructs.
#include <gtest/gtest.h>

#include <map>

#include "constructs.h"
#include "workspace.h"

namespace cpp_lite::plugin {
namespace {

struct Compiler {
  const char* name;
  const char* standard;
};

// Everything that a user's translation unit may have seen before.
constexpr const char* kHostileIncludes = R"(
#include <assert.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
)";

class Constructs : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    workspace_ = new Workspace;
    for (const auto& [name, text] : construct_protos()) workspace_->write(name, text);
    const Outcome outcome = workspace_->generate(names(), {"--cpp_out=out"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  static void TearDownTestSuite() { delete workspace_; }

  static Strings names() {
    Strings result;
    for (const auto& [name, text] : construct_protos()) result.push_back(name);
    return result;
  }

  static std::string stem(const std::string& proto) {
    return proto.substr(0, proto.size() - std::string(".proto").size());
  }

  static bool has_services(const std::string& proto) {
    return workspace_->has("out/" + stem(proto) + ".lite.h");
  }

  static bool is_installed(const char* compiler) {
    return workspace_->run({"sh", "-c", std::string("command -v ") + compiler}).exit_code == 0;
  }

  // Only the syntax: nothing here is linked.
  static Outcome compile(const Compiler& compiler, const std::string& source,
                         const Strings& more = {}) {
    Strings command = {compiler.name,
                       std::string("-std=") + compiler.standard,
                       "-Wall",
                       "-Wextra",
                       "-Wconversion",
                       "-Werror",
                       "-fsyntax-only",
                       "-Iout",
                       "-isystem",
                       options_pb_dir(),
                       "-I" + runtime_include()};
    command.insert(command.end(), more.begin(), more.end());
    command.push_back(source);
    return workspace_->run(command);
  }

  static std::string header(const std::string& name) {
    return workspace_->read("out/" + name + ".lite.h");
  }

  // The line of the generated header that holds `part`.
  static std::string line_with(const std::string& name, const std::string& part) {
    const std::string text = header(name);
    const std::size_t at = text.find(part);
    if (at == std::string::npos) return "";
    const std::size_t begin = text.rfind('\n', at) + 1;
    return text.substr(begin, text.find('\n', at) - begin);
  }

  static Workspace* workspace_;
};

Workspace* Constructs::workspace_ = nullptr;

class Everything : public Constructs, public testing::WithParamInterface<Compiler> {};

// All headers twice, behind the C headers, and all sources: one translation unit.
TEST_P(Everything, CompilesTogether) {
  const Compiler compiler = GetParam();
  if (!is_installed(compiler.name)) GTEST_SKIP() << compiler.name << " is not installed";
  std::string source = kHostileIncludes;
  for (const char* kind : {".lite.h", ".lite.h", ".lite.cc"}) {
    for (const std::string& proto : names()) {
      if (has_services(proto)) source += "#include \"" + stem(proto) + kind + "\"\n";
    }
  }
  const std::string file = std::string("all_") + compiler.name + "_" + compiler.standard + ".cc";
  workspace_->write(file, source);
  const Outcome outcome = compile(compiler, file);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err.substr(0, 4000);
}

INSTANTIATE_TEST_SUITE_P(Compilers, Everything,
                         testing::Values(Compiler{"g++", "c++20"}, Compiler{"g++", "gnu++20"},
                                         Compiler{"clang++-14", "c++20"},
                                         Compiler{"clang++-14", "gnu++20"}),
                         [](const auto& param) {
                           const Compiler& compiler = param.param;
                           const std::string name = compiler.name[0] == 'g' ? "gcc" : "clang";
                           return name + "_" + (compiler.standard[0] == 'g' ? "gnu20" : "cxx20");
                         });

// Nothing may depend on what another file included. The set of includes is always the same, so
// three sources stand for all.
TEST_F(Constructs, CompileAlone) {
  for (const char* name : {"imports", "lite", "odd-dir.v1/odd-file.name.v1"}) {
    const Outcome outcome = compile({"g++", "gnu++20"}, std::string("out/") + name + ".lite.cc");
    EXPECT_EQ(outcome.exit_code, 0) << name << "\n" << outcome.err.substr(0, 2000);
  }
}

// 41, and deprecation as users see it.
TEST_F(Constructs, WarnAboutDeprecatedThingsOnlyWhereTheyAreUsed) {
  workspace_->write("uses.cc", R"(
#include "options.lite.h"
void f(::things::options::Fresh::Client& client, const ::things::options::Q& q) {
  (void)client.Old(q, ::std::chrono::seconds(1));
}
void g(::things::options::Stale::Client&);
)");
  const Outcome outcome = compile({"g++", "c++20"}, "uses.cc");
  EXPECT_NE(outcome.err.find("Old"), std::string::npos) << outcome.err;
  EXPECT_NE(outcome.err.find("Stale"), std::string::npos) << outcome.err;
}

// 39: with the lite runtime there is no descriptor and no reflection to use.
TEST_F(Constructs, UseOnlyMessageLite) {
  for (const char* word : {"descriptor()", "DebugString", "GetReflection", "protobuf::Message>"}) {
    EXPECT_EQ(workspace_->read("out/lite.lite.cc").find(word), std::string::npos) << word;
  }
}

// 1, 2
TEST_F(Constructs, KeepThePathOfTheWire) {
  EXPECT_NE(line_with("no_package", "\"/NoPackage/First\""), "");
  EXPECT_NE(line_with("no_package", "full_name = \"NoPackage\""), "");
  EXPECT_NE(line_with("words", "\"/things.words.Words/delete\""), "");
  EXPECT_NE(line_with("names", "\"/things.names.Outer_Inner/Get\""), "");
}

// 18 to 24
TEST_F(Constructs, EscapeWordsAndSayWhatTheyWere) {
  for (const char* word : {"new", "this", "xor_eq", "requires", "NULL", "EOF", "linux"}) {
    const std::string name = std::string(" ") + word + "_(";
    EXPECT_TRUE(line_with("words", name).ends_with(std::string("  // rpc ") + word)) << word;
  }
}

// 20
TEST_F(Constructs, GiveAnUnchangedNameToItsOwner) {
  EXPECT_TRUE(line_with("names", " delete__(").ends_with("  // rpc delete"));
  EXPECT_EQ(line_with("names", " delete_(").find("// rpc"), std::string::npos);
}

// 21, 25, 28, 29, 31
TEST_F(Constructs, KeepNamesThatCppAllows) {
  for (const char* name : {"final", "override", "import", "module", "stream", "rpc", "ERROR", "min",
                           "GetMessage", "Get", "get", "GET", "AsyncGet", "a__b"}) {
    EXPECT_NE(line_with("words", std::string(" ") + name + "("), "") << name;
  }
}

// 8 to 11, 14
TEST_F(Constructs, NameTypesAsProtocDoes) {
  for (const char* type : {"::things::names::Outer_Inner_Deep", "::things::names::Outer_class",
                           "::things::names::Outer_class_new", "::things::names::delete_",
                           "::things::names::Query_Result"}) {
    EXPECT_NE(line_with("names", type), "") << type;
  }
  EXPECT_TRUE(line_with("names", "struct Outer_Inner_ {").ends_with("  // service Outer_Inner"));
}

// 3, 4, 6, 7
TEST_F(Constructs, QualifyTypesFromTheGlobalScope) {
  EXPECT_NE(line_with("a/b/a/b/nested", "const ::a::b::Req& request"), "");
  EXPECT_NE(line_with("a/b/a/b/nested", "const ::a::b::a::b::Req& request"), "");
  EXPECT_NE(line_with("shadow", "const ::google::protobuf::Any& request"), "");
}

// 50
TEST_F(Constructs, GuardEveryFileByItsOwnName) {
  EXPECT_NE(header("one-file").find("one_2dfile_2eproto"), std::string::npos);
  EXPECT_NE(header("one_file").find("one_5ffile_2eproto"), std::string::npos);
}

// 51
TEST_F(Constructs, WriteEmptyFilesThatCompile) {
  ASSERT_EQ(
      workspace_->generate({"messages.proto"}, {"--cpp_out=out", "--cpp-lite_opt=keep_empty_files"})
          .exit_code,
      0);
  EXPECT_EQ(compile({"g++", "c++20"}, "out/messages.lite.cc").exit_code, 0);
}

// 52
TEST_F(Constructs, ManageAThousandMethods) {
  std::string text = "syntax = \"proto3\";\npackage big;\nmessage Q {}\nservice Big {\n";
  for (int i = 0; i < 1000; ++i) {
    text += "  rpc M" + std::to_string(i) + "(Q) returns (Q);\n";
  }
  text += "  rpc " + std::string(200, 'L') + "(Q) returns (Q);\n}\n";
  for (int i = 0; i < 50; ++i)
    text += "service S" + std::to_string(i) + " { rpc M(Q) returns (Q); }\n";
  workspace_->write("big.proto", text);
  ASSERT_EQ(workspace_->generate({"big.proto"}, {"--cpp_out=out"}).exit_code, 0);
  const Outcome outcome = compile({"g++", "c++20"}, "out/big.lite.h", {"-x", "c++"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err.substr(0, 2000);
}

// 57: protoc 3.21's own C++ output aborts on it.
TEST_F(Constructs, AcceptAWeakImport) {
  workspace_->write("weak.proto",
                    "syntax = \"proto2\";\npackage weak;\nimport weak \"messages.proto\";\n"
                    "message Q {}\nservice S { rpc M(Q) returns (Q); }\n");
  const Outcome outcome = workspace_->generate({"weak.proto"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
}

// 59
TEST_F(Constructs, CompileWithAnExportMacro) {
  ASSERT_EQ(
      workspace_
          ->generate({"lite.proto"},
                     {"--cpp_out=exported", "--cpp-lite_opt=dllexport_decl=THINGS_API"}, "exported")
          .exit_code,
      0);
  EXPECT_NE(workspace_->read("exported/lite.lite.h").find("class THINGS_API S::Client {"),
            std::string::npos);
  for (const char* compiler : {"g++", "clang++-14"}) {
    if (!is_installed(compiler)) continue;
    const Outcome outcome =
        compile({compiler, "c++20"}, "exported/lite.lite.cc",
                {"-Iexported", "-DTHINGS_API=__attribute__((visibility(\"default\")))"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err.substr(0, 2000);
  }
}

}  // namespace
}  // namespace cpp_lite::plugin
