#include "text.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace cpp_lite::plugin {
namespace {

TEST(Template, FillsNamedHoles) {
  EXPECT_EQ(fill("$a$ and $b$, $a$", {{"a", "x"}, {"b", "y"}}), "x and y, x\n");
}

TEST(Template, LosesItsCommonIndentationAndItsFirstEmptyLine) {
  EXPECT_EQ(fill(R"(
      struct $name$ {
        int x;

      };
      )",
                 {{"name", "S"}}),
            "struct S {\n  int x;\n\n};\n\n");
}

TEST(Template, IndentsABlockThatStandsAloneOnItsLine) {
  EXPECT_EQ(fill("{\n  $body$\n}", {{"body", "a\n\n  b\n"}}), "{\n  a\n\n    b\n}\n");
}

TEST(Template, DropsTheLineOfAnEmptyBlock) {
  EXPECT_EQ(fill("a\n  $nothing$\nb", {{"nothing", ""}}), "a\nb\n");
}

TEST(Template, KeepsTheLineOfAnEmptyHoleWithinText) {
  EXPECT_EQ(fill("a$nothing$\nb", {{"nothing", ""}}), "a\nb\n");
}

TEST(Template, DoesNotScanWhatItFilledIn) {
  EXPECT_EQ(fill("$a$!\n$a$", {{"a", "$b$ $"}}), "$b$ $!\n$b$ $\n");
}

TEST(Template, TwoHolesOnALineAreNoBlock) {
  EXPECT_EQ(fill("  x\n  $a$$b$", {{"a", ""}, {"b", ""}}), "x\n\n");
}

TEST(Template, ThrowsOnAHoleThatNobodyFills) {
  EXPECT_THROW(fill("$missing$", {}), std::invalid_argument);
  EXPECT_THROW(fill("x $missing$", {}), std::invalid_argument);
}

TEST(Template, ThrowsOnAnUnpairedSign) { EXPECT_THROW(fill("5 $", {}), std::invalid_argument); }

TEST(Template, OfNothingIsNothing) { EXPECT_EQ(fill("", {}), ""); }

}  // namespace
}  // namespace cpp_lite::plugin
