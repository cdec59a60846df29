#include "comments.h"

#include <gtest/gtest.h>

namespace cpp_lite::plugin {
namespace {

TEST(Comment, BecomesLinesOfComment) {
  EXPECT_EQ(to_comment(" One.\n Two.\n"), "// One.\n// Two.\n");
}

TEST(Comment, OfNothingIsNothing) {
  EXPECT_EQ(to_comment(""), "");
  EXPECT_EQ(to_comment(" \n\n\t\n"), "");
}

TEST(Comment, KeepsBlankLinesInsideButNotAtItsEnds) {
  EXPECT_EQ(to_comment("\n a\n\n\n b\n\n"), "// a\n//\n//\n// b\n");
}

TEST(Comment, GetsABlankInFrontOfTextOfABlock) {
  EXPECT_EQ(to_comment("item\n"), "// item\n");
  EXPECT_EQ(to_comment("/ doxygen\n"), "/// doxygen\n");
}

TEST(Comment, NeverContinuesOnTheNextLine) {
  EXPECT_EQ(to_comment(" a \\\n"), "// a \\ .\n");
  EXPECT_EQ(to_comment(" a \\ \t \n"), "// a \\ .\n");
  EXPECT_EQ(to_comment("\\"), "// \\ .\n");
  EXPECT_EQ(to_comment(" a ?\?/\n"), "// a ?\?/ .\n");
  EXPECT_EQ(to_comment(" a \\\xE2\x80\xAE\n"), "// a \\ .\n") << "a dropped character hides it";
}

TEST(Comment, DropsControlsAndBidiControls) {
  EXPECT_EQ(to_comment(" a\x07"
                       "b\r\x1B[31mc\x7F\n"),
            "// ab[31mc\n");
  EXPECT_EQ(
      to_comment(" \xE2\x80\xAA\xE2\x80\xAE\xE2\x81\xA6\xE2\x81\xA9\xE2\x80\x8E\xE2\x80\x8Fx\n"),
      "// x\n");
}

TEST(Comment, TurnsTabsAndUnicodeLineEndsIntoBlanks) {
  EXPECT_EQ(to_comment(" a\tb\xE2\x80\xA8"
                       "c\xC2\x85"
                       "d\n"),
            "// a b c d\n");
}

TEST(Comment, KeepsOtherUnicode) {
  EXPECT_EQ(to_comment(" Grüße, 世界 🎉 \xE2\x80\x8Bzero\n"), "// Grüße, 世界 🎉 \xE2\x80\x8Bzero\n");
}

TEST(Comment, DropsBytesThatAreNotUtf8) {
  EXPECT_EQ(to_comment(" a\xFF\xC0\xAF\xED\xA0\x80\xE2\x82"
                       "b\n"),
            "// ab\n");
  EXPECT_EQ(to_comment(" cut \xF0\x9F"), "// cut\n");
}

TEST(Comment, BreaksInsertionPoints) {
  EXPECT_EQ(to_comment(" @@protoc_insertion_point(x)\n"), "// @ @protoc_insertion_point(x)\n");
  EXPECT_EQ(to_comment("@@@protoc_insertion_point(x)\n").find("@@protoc"), std::string::npos);
  EXPECT_EQ(to_comment("@\x01@protoc_insertion_point(x)\n").find("@@protoc"), std::string::npos);
}

TEST(Comment, DisarmsWordsThatToolsObey) {
  EXPECT_EQ(to_comment(" NOLINTEND\n clang-format on\n"), "// NO LINTEND\n// clang-format  on\n");
}

TEST(Comments, PutDetachedOnesFirstEachWithAnEmptyLineBehind) {
  EXPECT_EQ(to_comment(Comments{{" A.\n", " B.\n"}, " C.\n", ""}), "// A.\n\n// B.\n\n// C.\n");
}

TEST(Comments, UseTheTrailingOneOnlyWithoutALeadingOne) {
  EXPECT_EQ(to_comment(Comments{{}, " L.\n", " T.\n"}), "// L.\n");
  EXPECT_EQ(to_comment(Comments{{}, "", " T.\n"}), "// T.\n");
  EXPECT_EQ(to_comment(Comments{{}, " \n", " T.\n"}), "// T.\n");
}

TEST(Comments, OmitEmptyOnes) { EXPECT_EQ(to_comment(Comments{{" \n"}, "\n", ""}), ""); }

}  // namespace
}  // namespace cpp_lite::plugin
