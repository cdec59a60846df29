#include "config/json.h"

#include <gtest/gtest.h>

#include <string>

namespace cpp_lite::config {
namespace {

// "line:column path kind" of every node in the order of the text.
std::string outline(const JsonDocument& document, const JsonNode& node) {
  constexpr const char* kKinds[] = {"null", "boolean", "number", "string", "array", "object"};
  std::string text = std::to_string(node.position.line) + ":" +
                     std::to_string(node.position.column) + " " + document.path(node) + " " +
                     kKinds[static_cast<int>(node.kind)] + "\n";
  for (const auto child : node.children) text += outline(document, document.at(child));
  return text;
}

std::string outline(std::string_view json) {
  const JsonDocument document = JsonDocument::parse(json);
  EXPECT_TRUE(document.faults().empty());
  return document.empty() ? "" : outline(document, document.root());
}

// "line:column path: text" of the only fault.
std::string fault(std::string_view json) {
  const JsonDocument document = JsonDocument::parse(json);
  EXPECT_EQ(document.faults().size(), 1U) << json;
  if (document.faults().empty()) return "";
  const JsonFault& fault = document.faults().front();
  return std::to_string(fault.position.line) + ":" + std::to_string(fault.position.column) + " " +
         fault.path + ": " + fault.text;
}

TEST(Json, KnowsWhereEveryValueBegins) {
  EXPECT_EQ(outline("{\"a\": [1, 2.5e1,\n  \"x\\n\"],\n \"b\" :\n{\"c\":true , \"d\":null}}"),
            "1:1  object\n"
            "1:7 a array\n"
            "1:8 a[0] number\n"
            "1:11 a[1] number\n"
            "2:3 a[2] string\n"
            "4:1 b object\n"
            "4:6 b.c boolean\n"
            "4:17 b.d null\n");
}

TEST(Json, IsNotConfusedByTheCharacterAfterANumber) {
  EXPECT_EQ(outline("[1\n,2\n]"), "1:1  array\n1:2 [0] number\n2:2 [1] number\n");
  EXPECT_EQ(outline("7"), "1:1  number\n");
  EXPECT_EQ(outline("7\n"), "1:1  number\n");
  EXPECT_EQ(outline("[7]"), "1:1  array\n1:2 [0] number\n");
}

TEST(Json, CountsBytesAndSkipsAByteOrderMark) {
  EXPECT_EQ(outline("\xEF\xBB\xBF{}"), "1:4  object\n");
  EXPECT_EQ(outline("[\"\xC3\xA4\", 1]"), "1:1  array\n1:2 [0] string\n1:8 [1] number\n");
}

TEST(Json, UnescapesStrings) {
  const JsonDocument document = JsonDocument::parse(R"(["a\u00e4\n\"\ud83d\ude00"])");
  ASSERT_FALSE(document.empty());
  EXPECT_EQ(document.at(document.root().children[0]).text, "a\xC3\xA4\n\"\xF0\x9F\x98\x80");
}

TEST(Json, FindsAMemberUnlessItIsNull) {
  const JsonDocument document = JsonDocument::parse(R"({"a": 5, "b": null})");
  ASSERT_NE(document.find(document.root(), "a"), nullptr);
  EXPECT_EQ(document.find(document.root(), "a")->number, 5);
  EXPECT_EQ(document.find(document.root(), "b"), nullptr);
  EXPECT_EQ(document.find(document.root(), "c"), nullptr);
  EXPECT_EQ(document.find(*document.find(document.root(), "a"), "a"), nullptr);
}

TEST(Json, SaysWhereTheTextStopsToMakeSense) {
  EXPECT_TRUE(fault("{\n  \"a\": tru3}").starts_with("2:8 : not JSON: syntax error"));
  EXPECT_TRUE(fault("{\"a\": [1,\n\n ,2]}").starts_with("3:2 a: not JSON: syntax error"));
  EXPECT_TRUE(fault("{\"a\": {\"b\" 5}}").starts_with("1:12 a: not JSON: syntax error"));
  EXPECT_TRUE(fault("[1 2]").starts_with("1:4 : not JSON: syntax error"));
  EXPECT_TRUE(fault("{}\n{}").starts_with("2:1 : not JSON: syntax error"));
  EXPECT_TRUE(fault("// no comments\n{}").starts_with("1:1 : not JSON: syntax error"));
}

TEST(Json, SaysThatTheTextEndsTooEarly) {
  EXPECT_TRUE(fault("").starts_with("1:1 : not JSON: syntax error"));
  EXPECT_TRUE(fault("{\"a\":\n").starts_with("2:1 : not JSON: syntax error"));
  EXPECT_TRUE(fault("[\"abc").starts_with("1:2 : not JSON: syntax error"));
}

TEST(Json, RefusesBytesThatAreNoText) {
  EXPECT_TRUE(fault("[\"\xff\"]").starts_with("1:2 : not JSON: syntax error"));
  EXPECT_EQ(fault(std::string_view("{}\0{}", 5)), "1:3 : not JSON: a NUL byte");
  EXPECT_TRUE(fault("[1e999]").starts_with("1:2 : not JSON: number overflow"));
}

TEST(Json, ReportsEveryEqualKeyAndKeepsTheFirst) {
  const JsonDocument document =
      JsonDocument::parse("{\"a\": 1,\n \"a\": {\"b\": 1, \"b\": 2},\n \"a\": 3}");
  ASSERT_EQ(document.faults().size(), 3U);
  EXPECT_EQ(document.faults()[0].path, "a");
  EXPECT_EQ(document.faults()[0].position.line, 2);
  EXPECT_EQ(document.faults()[0].position.column, 2);
  EXPECT_EQ(document.faults()[0].text, "this key is in line 1 already");
  EXPECT_EQ(document.faults()[1].path, "a.b");
  EXPECT_EQ(document.faults()[2].position.line, 3);
  EXPECT_EQ(document.find(document.root(), "a")->number, 1);
}

TEST(Json, IsBoundedInDepth) {
  const auto nested = [](int depth) {
    const auto count = static_cast<std::size_t>(depth);
    return std::string(count, '[') + std::string(count, ']');
  };
  EXPECT_TRUE(JsonDocument::parse(nested(JsonDocument::kMaxDepth)).faults().empty());
  EXPECT_TRUE(fault(nested(JsonDocument::kMaxDepth + 1)).ends_with("deeper than 64 levels"));
  EXPECT_TRUE(fault(nested(100'000)).ends_with("deeper than 64 levels"));
}

TEST(Json, IsBoundedInSize) {
  const std::string most = "{}" + std::string(JsonDocument::kMaxBytes - 2, ' ');
  EXPECT_TRUE(JsonDocument::parse(most).faults().empty());
  EXPECT_EQ(fault(most + " "), "1:1 : larger than 4 MiB");
}

TEST(Json, PrintsOddKeysInOneLine) {
  EXPECT_EQ(join_path("", "a"), "a");
  EXPECT_EQ(join_path("a", "b-c_1"), "a.b-c_1");
  EXPECT_EQ(join_path("a", "b.c"), "a[\"b.c\"]");
  EXPECT_EQ(join_path("", ""), "[\"\"]");
  EXPECT_EQ(join_path("a", "\n\xff"), "a[\"\\x0a\\xff\"]");
  EXPECT_EQ(printable(std::string(81, 'x')), std::string(80, 'x') + "...");
}

}  // namespace
}  // namespace cpp_lite::config
