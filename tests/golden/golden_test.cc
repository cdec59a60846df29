// The output for testdata/ is what is checked in, byte for byte, and compiles everywhere.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "workspace.h"

namespace cpp_lite::plugin {
namespace {

namespace fs = std::filesystem;

const fs::path kTestdata = CPP_LITE_TEST_TESTDATA;

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// All files below testdata/ that end like this, sorted, relative to it.
Strings list(const std::string& end) {
  Strings result;
  for (const auto& entry : fs::recursive_directory_iterator(kTestdata)) {
    const std::string path = fs::relative(entry.path(), kTestdata).string();
    if (path.ends_with(end)) result.push_back(path);
  }
  std::sort(result.begin(), result.end());
  return result;
}

// A new version of the plugin alone is no difference.
std::string without_version(const std::string& text) {
  static const std::regex kVersion("protoc-gen-cpp-lite [0-9][0-9.]*[0-9]");
  return std::regex_replace(text, kVersion, "protoc-gen-cpp-lite VERSION");
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    const Outcome outcome =
        workspace_.generate(list(".proto"), {"-I" + kTestdata.string(), "--cpp_out=out"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  }

  void compare(const std::string& name) {
    const std::string expected = without_version(read_file(kTestdata / name));
    const std::string actual = without_version(workspace_.read("out/" + name));
    if (actual == expected) return;
    workspace_.write("expected", expected);
    workspace_.write("actual", actual);
    ADD_FAILURE() << name << " differs; after a look at the difference, run ./dev golden\n"
                  << workspace_.run({"diff", "-u", "expected", "actual"}).out.substr(0, 4000);
  }

  Workspace workspace_;
};

TEST_F(Golden, OutputIsWhatIsCheckedIn) {
  const Strings protos = list(".proto");
  EXPECT_GE(protos.size(), 8u);
  for (const std::string& proto : protos) {
    const std::string stem = proto.substr(0, proto.size() - std::string(".proto").size());
    for (const char* end : {".lite.h", ".lite.cc"}) compare(stem + end);
  }
}

TEST_F(Golden, FilesAllHaveAProto) {
  for (const char* end : {".lite.h", ".lite.cc"}) {
    for (const std::string& name : list(end)) {
      const std::string proto = name.substr(0, name.size() - std::string(end).size()) + ".proto";
      EXPECT_TRUE(fs::exists(kTestdata / proto)) << name;
    }
  }
}

struct Compiler {
  const char* name;
  const char* standard;
};

class GoldenCode : public Golden, public testing::WithParamInterface<Compiler> {};

TEST_P(GoldenCode, Compiles) {
  const auto [compiler, standard] = GetParam();
  if (workspace_.run({"sh", "-c", std::string("command -v ") + compiler}).exit_code != 0) {
    GTEST_SKIP() << compiler << " is not installed";
  }
  std::string all;
  for (const std::string& name : list(".lite.cc")) all += "#include \"" + name + "\"\n";
  workspace_.write("all.cc", all);
  const Outcome outcome =
      workspace_.run({compiler, std::string("-std=") + standard, "-Wall", "-Wextra", "-Wconversion",
                      "-Werror", "-fsyntax-only", "-I" + kTestdata.string(), "-Iout", "-isystem",
                      options_pb_dir(), "-I" + runtime_include(), "all.cc"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err.substr(0, 4000);
}

INSTANTIATE_TEST_SUITE_P(Compilers, GoldenCode,
                         testing::Values(Compiler{"g++", "c++20"}, Compiler{"g++", "gnu++20"},
                                         Compiler{"clang++-14", "c++20"},
                                         Compiler{"clang++-14", "gnu++20"}),
                         [](const auto& param) {
                           const Compiler& compiler = param.param;
                           const std::string name = compiler.name[0] == 'g' ? "gcc" : "clang";
                           return name + "_" + (compiler.standard[0] == 'g' ? "gnu20" : "cxx20");
                         });

}  // namespace
}  // namespace cpp_lite::plugin
