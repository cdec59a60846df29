#include "wire/fields.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "wire/fake_fields.h"

namespace cpp_lite::wire {
namespace {

static_assert(FieldSource<FieldWriter>);
static_assert(FieldSource<FakeFields>);

struct HpackField {  // as h2::HeaderField
  std::string_view name, value;
  bool never_index = false;
};

TEST(FieldWriter, KeepsOrderOfBorrowedAndMadeValues) {
  FieldWriter fields;
  fields.add("a", "1");
  fields.add_copy("b", std::string("2"));
  fields.add("c", "3");
  EXPECT_EQ(lines(fields), (std::vector<std::string>{"a: 1", "b: 2", "c: 3"}));
}

TEST(FieldWriter, MadeValuesSurviveTheGrowthOfTheirBuffer) {
  FieldWriter fields;
  fields.add_copy("first", "one");
  for (int i = 0; i < 100; ++i) fields.add_copy("more", std::string(100, 'x'));
  EXPECT_EQ(fields.value(0), "one");
  EXPECT_EQ(fields.value(100), std::string(100, 'x'));
}

TEST(FieldWriter, EmptyValuesStayEmpty) {
  FieldWriter fields;
  fields.add_copy("made", "something");
  fields.add("borrowed", std::string_view());
  fields.add_copy("empty", "");
  EXPECT_EQ(fields.value(1), "");
  EXPECT_EQ(fields.value(2), "");
}

TEST(FieldWriter, BecomesAListForHpack) {
  FieldWriter fields;
  fields.add("a", "1");
  fields.add_copy("b", "2", true);
  std::vector<HpackField> list;
  fields.append_to(list);
  ASSERT_EQ(list.size(), 2u);
  EXPECT_FALSE(list[0].never_index);
  EXPECT_EQ(list[1].name, "b");
  EXPECT_EQ(list[1].value, "2");
  EXPECT_TRUE(list[1].never_index);
}

TEST(FieldWriter, TellsALastingListWhatLasts) {
  struct Field {
    std::string_view name, value;
    bool never_index = false, lasting = false;
  };
  FieldWriter fields;
  fields.add_constant("te", "trailers");
  fields.add("a", "1");
  fields.add_copy("b", "2");
  std::vector<Field> list;
  fields.append_to(list);
  ASSERT_EQ(list.size(), 3u);
  EXPECT_TRUE(list[0].lasting);
  EXPECT_EQ(list[0].value, "trailers");
  EXPECT_FALSE(list[1].lasting || list[2].lasting);
}

TEST(FieldWriter, CountsItsSizeAsHttp2Does) {
  FieldWriter fields;
  fields.add("name", "value");
  fields.add_copy("x", "y");
  EXPECT_EQ(fields.list_size(), 4u + 5 + 32 + 1 + 1 + 32);
}

TEST(FieldWriter, CanBeUsedAgain) {
  FieldWriter fields;
  fields.add_copy("a", "1");
  fields.clear();
  EXPECT_EQ(fields.size(), 0u);
  fields.add_copy("b", "2");
  EXPECT_EQ(lines(fields), (std::vector<std::string>{"b: 2"}));
}

TEST(CheckList, ComparesWithWhatThePeerTakes) {
  FieldWriter fields;
  fields.add("name", "12345");
  EXPECT_TRUE(check_list(fields, 4 + 5 + 32).ok());
  const Status status = check_list(fields, 4 + 5 + 31);
  EXPECT_EQ(status.code(), Code::resource_exhausted);
  EXPECT_EQ(status.message(),
            "metadata to send is larger than the peer takes: 41 bytes, at most 40");
}

TEST(CheckList, RefusesAValueThatNghttp2WouldNotRead) {
  FieldWriter fields;
  std::string value(kLongestValue, 'v');
  fields.add("name", value);
  EXPECT_TRUE(check_list(fields, 1 << 20).ok());
  value += 'v';
  fields.clear();
  fields.add("name", value);
  EXPECT_TRUE(
      check_list(fields, 1 << 20).message().ends_with("name has 65537 bytes, at most 65536"));
}

}  // namespace
}  // namespace cpp_lite::wire
