#include "client/plain_head.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "wire/fields.h"
#include "wire/headers.h"

namespace cpp_lite::client {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::string_view kGet = "/shop.v1.Store/Get";
constexpr std::size_t kAnyLength = std::numeric_limits<std::size_t>::max();

const h2::HeaderField& timeout_in(const h2::HeaderList& list) {
  for (const h2::HeaderField& field : list) {
    if (field.name == "grpc-timeout") return field;
  }
  ADD_FAILURE() << "no grpc-timeout";
  return list.front();
}

struct PlainHeads : testing::Test {
  PlainHead head{"http", "shop:443", "tests"};

  const h2::HeaderField& timeout(nanoseconds remaining) {
    return timeout_in(*head.list(kGet, remaining, kAnyLength));
  }
};

TEST_F(PlainHeads, SayWhatWriteRequestSays) {
  for (const std::string_view path : {kGet, std::string_view("/shop.v1.Store/Buy")}) {
    wire::FieldWriter written;
    wire::write_request(written, {.path = path,
                                  .authority = "shop:443",
                                  .user_agent = "tests",
                                  .timeout = wire::rounded_timeout(3s - 1us)});
    const h2::HeaderList* const list = head.list(path, 3s - 1us, kAnyLength);
    ASSERT_NE(list, nullptr);
    ASSERT_EQ(list->size(), written.size());
    for (std::size_t i = 0; i < list->size(); ++i) {
      EXPECT_EQ((*list)[i].name, written.name(i));
      EXPECT_EQ((*list)[i].value, written.value(i));
    }
  }
}

TEST_F(PlainHeads, KeepATimeoutOutOfTheTableUntilItIsSaidAgain) {
  EXPECT_TRUE(timeout(10s - 3us).never_index);
  EXPECT_FALSE(timeout(10s - 5us).never_index);
  EXPECT_TRUE(timeout(8s).never_index);
  EXPECT_FALSE(timeout(10s - 2us).never_index);
  EXPECT_FALSE(timeout(8s - 1us).never_index);
}

TEST_F(PlainHeads, ForgetTimeoutsThatAreSaidSeldom) {
  (void)timeout(10s);
  for (const nanoseconds other : {1s, 2s, 3s, 4s}) EXPECT_TRUE(timeout(other).never_index);
  EXPECT_TRUE(timeout(10s).never_index);
}

TEST_F(PlainHeads, SayEachTimeoutAsItIsRounded) {
  const std::vector<nanoseconds> times = {10s - 1ns, 9s,        10s, 9999ms + 1ns,
                                          9999ms,    10s + 1ns, 1ns, 2ns};
  for (const nanoseconds time : times) {
    EXPECT_EQ(timeout(time).value, wire::TimeoutText(wire::rounded_timeout(time)).view());
  }
}

TEST_F(PlainHeads, AreNotForListsThatThePeerDoesNotTake) {
  wire::FieldWriter written;
  wire::write_request(
      written, {.path = kGet, .authority = "shop:443", .user_agent = "tests", .timeout = 2s});
  EXPECT_NE(head.list(kGet, 2s, written.list_size()), nullptr);
  EXPECT_EQ(head.list(kGet, 2s, written.list_size() - 1), nullptr);
}

TEST(PlainHead, IsNotForValuesThatNobodyTakes) {
  const std::string path = '/' + std::string(wire::kLongestValue, 'p');
  PlainHead head("http", "shop:443", "tests");
  EXPECT_EQ(head.list(path, 2s, kAnyLength), nullptr);
  EXPECT_NE(head.list(kGet, 2s, kAnyLength), nullptr);
  PlainHead long_name("http", path, "tests");
  EXPECT_EQ(long_name.list(kGet, 2s, kAnyLength), nullptr);
}

TEST_F(PlainHeads, LastAsLongAsTheConnectionButForTheTimeout) {
  for (const h2::HeaderField& field : *head.list(kGet, 2s, kAnyLength)) {
    EXPECT_EQ(field.lasting, field.name != "grpc-timeout");
    EXPECT_TRUE(field.lasting_name);
  }
}

}  // namespace
}  // namespace cpp_lite::client
