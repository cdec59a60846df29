// The same bytes however protoc is called.
#include <gtest/gtest.h>

#include <algorithm>

#include "workspace.h"

namespace cpp_lite::plugin {
namespace {

class Determinism : public testing::Test {
 protected:
  Determinism() {
    workspace_.write("a/one.proto", R"(syntax = "proto3";
package a;
import "b/two.proto";
// Service of one.
service One { rpc Get(b.Query) returns (b.Outer.Inner); }
)");
    workspace_.write("b/two.proto", R"(syntax = "proto3";
package b;
message Query {}
message Outer { message Inner {} }
service Outer_Inner { rpc delete(Query) returns (Query); }
)");
    workspace_.write("b/three.proto", R"(syntax = "proto3";
package b;
import "b/two.proto";
import "cpp_lite/options.proto";
service Outer_Inner_ {
  option (cpp_lite.service).timeout = "2s";
  rpc Get(Query) returns (stream Query);
}
)");
  }

  // All outputs of the three files, one after another.
  std::string outputs(const std::string& out) const {
    std::string text;
    for (const std::string& proto : protos_) {
      const std::string stem = out + "/" + proto.substr(0, proto.size() - 6);
      for (const char* end : {".lite.h", ".lite.cc"}) {
        EXPECT_TRUE(workspace_.has(stem + end)) << stem << end;
        text += workspace_.read(stem + end);
      }
    }
    return text;
  }

  Workspace workspace_;
  Strings protos_ = {"a/one.proto", "b/two.proto", "b/three.proto"};
};

TEST_F(Determinism, HoldsForFilesAloneTogetherAndReversed) {
  for (const std::string& proto : protos_) {
    ASSERT_EQ(workspace_.generate({proto}, {}, "alone").exit_code, 0);
  }
  ASSERT_EQ(workspace_.generate(protos_, {}, "together").exit_code, 0);
  Strings reversed = protos_;
  std::reverse(reversed.begin(), reversed.end());
  ASSERT_EQ(workspace_.generate(reversed, {}, "reversed").exit_code, 0);
  EXPECT_EQ(outputs("alone"), outputs("together"));
  EXPECT_EQ(outputs("alone"), outputs("reversed"));
}

TEST_F(Determinism, HoldsWhereverTheFilesAre) {
  ASSERT_EQ(workspace_.generate(protos_).exit_code, 0);
  const std::string here = outputs("out");
  EXPECT_EQ(here.find(workspace_.path().string()), std::string::npos);
  Workspace elsewhere;
  for (const std::string& proto : protos_) elsewhere.write(proto, workspace_.read(proto));
  ASSERT_EQ(elsewhere.generate(protos_).exit_code, 0);
  EXPECT_EQ(elsewhere.read("out/b/three.lite.h"), workspace_.read("out/b/three.lite.h"));
}

}  // namespace
}  // namespace cpp_lite::plugin
