// What the plugin says of one .proto that is wrong, or looks wrong.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <string>

#include "workspace.h"

namespace cpp_lite::plugin {

class BadProto : public testing::Test {
 protected:
  // Generates bad.proto, which holds this text, and yields what protoc prints. It must fail.
  std::string errors(const std::string& text, const Strings& more = {}) {
    const Outcome outcome = generate(text, more);
    EXPECT_EQ(outcome.exit_code, 1) << text;
    EXPECT_FALSE(workspace_.has("out/bad.lite.h"));
    return outcome.err;
  }

  // The same for one that must not fail.
  std::string warnings(const std::string& text, const Strings& more = {}) {
    const Outcome outcome = generate(text, more);
    EXPECT_EQ(outcome.exit_code, 0) << text << outcome.err;
    return outcome.err;
  }

  std::string header() const { return workspace_.read("out/bad.lite.h"); }

  static std::string summary(int count) {
    return "--cpp-lite_out: " + std::to_string(count) + (count == 1 ? " problem" : " problems") +
           "; no file was written:\n";
  }

  Workspace workspace_;

 private:
  // protoc warns of an import whose options are none of the text's.
  static std::string without_unused_imports(const std::string& text) {
    std::istringstream lines(text);
    std::string kept;
    for (std::string line; std::getline(lines, line);) {
      if (!line.ends_with(" is unused.")) kept += line + "\n";
    }
    return kept;
  }

  Outcome generate(const std::string& text, const Strings& more) {
    std::filesystem::remove_all(workspace_.path() / "out");
    workspace_.write("bad.proto", text);
    Outcome outcome = workspace_.generate({"bad.proto"}, more);
    outcome.err = without_unused_imports(outcome.err);
    return outcome;
  }
};

// Four lines.
inline constexpr const char* kHead = R"(syntax = "proto3";
package bad;
import "cpp_lite/options.proto";
message Q { string key = 1; }
)";

// A method of these options, which begin in line 7.
inline std::string method(const std::string& options,
                          const std::string& signature = "(Q) returns (Q)") {
  return std::string(kHead) + "service S {\n  rpc M" + signature + " {\n" + options + "  }\n}\n";
}

inline std::string option(const std::string& text) {
  return "    option (cpp_lite.method)." + text + ";\n";
}

// One of IDEMPOTENT and NO_SIDE_EFFECTS.
inline std::string level(const std::string& name) {
  return "    option idempotency_level = " + name + ";\n";
}

}  // namespace cpp_lite::plugin
