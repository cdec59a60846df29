// Messages that are used again.
#include <cpp_lite/recycle.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "echo_server.h"

namespace e2e {
namespace {

using cpp_lite::recycle;
using cpp_lite::recycled;

constexpr std::size_t kLong = 500;  // so that the string has memory of its own

bool has_memory(Blob& message) { return message.mutable_data()->capacity() >= kLong; }

void forget_all() {
  for (int i = 0; i < 100; ++i) (void)recycled<Blob>();
}

TEST(Recycle, GivesAnEmptyMessageThatHasTheMemoryOfAnEarlierOne) {
  forget_all();
  Blob first = recycled<Blob>();
  EXPECT_FALSE(has_memory(first));
  for (int i = 0; i < 8; ++i) recycle(blob(std::string(kLong, 'x'), 7));  // one in 32 is not kept
  bool some_memory = false;
  for (int i = 0; i < 8; ++i) {
    Blob next = recycled<Blob>();
    EXPECT_EQ(next.ByteSizeLong(), 0u);
    EXPECT_EQ(next.count(), 0);
    some_memory = some_memory || has_memory(next);
  }
  EXPECT_EQ(some_memory, cpp_lite::detail::keeps_memory());
}

TEST(Recycle, KeepsNothingLarge) {
  forget_all();
  recycle(blob(std::string(100 << 10, 'x')));
  Blob next = recycled<Blob>();
  EXPECT_FALSE(has_memory(next));
}

TEST(Recycle, KeepsAFewOnly) {
  forget_all();
  for (int i = 0; i < 100; ++i) recycle(blob(std::string(kLong, 'x')));
  int with_memory = 0;
  for (int i = 0; i < 100; ++i) {
    Blob message = recycled<Blob>();
    if (has_memory(message)) ++with_memory;
  }
  EXPECT_LE(with_memory, 16);
}

using google::protobuf::DescriptorProto;  // which nests

// Small on the wire, and for each number with something at a place of its own.
void grow(DescriptorProto& message, unsigned number) {
  DescriptorProto* at = &message;
  for (int depth = 0; depth < 6; ++depth, number /= 8) {
    for (unsigned i = 0; i < number % 8; ++i) at->add_nested_type();
    at = at->add_nested_type();
  }
}

TEST(Recycle, DoesNotAddUpAllThatAMessageHasEverBeen) {
  std::size_t most = 0;
  for (unsigned i = 0; i < 8'000; ++i) {
    auto message = recycled<DescriptorProto>();
    if (i % 16 == 0) most = std::max(most, message.SpaceUsedLong());
    grow(message, i);
    recycle(std::move(message));
  }
  EXPECT_LT(most, 2u << 20);
}

TEST(Recycle, KeepsNoMessageForever) {
  int fresh = 0;
  for (int i = 0; i < 3'200; ++i) {
    auto tree = recycled<Tree>();
    if (tree.kids().ClearedCount() == 0) ++fresh;
    for (int kid = 0; kid < 10; ++kid) tree.add_kids();
    recycle(std::move(tree));
  }
  EXPECT_GT(fresh, 10);
  if (cpp_lite::detail::keeps_memory()) {
    EXPECT_LT(fresh, 1'000);
  }
}

class Recycling final : public EchoHandler {
 public:
  Future<Result<Blob>> Unary(ServerContext&, Blob request) override {
    auto response = recycled<Blob>();
    EXPECT_EQ(response.ByteSizeLong(), 0u);
    response.set_data(request.data());
    response.set_count(request.count());
    if (request.count() % 3 == 0) kept.push_back(std::move(request));  // a handler may keep it
    recycle(std::move(request));
    return response;
  }
  // Answers later than it returns.
  Future<Result<Blob>> Look(ServerContext&, Blob request) override {
    auto response = recycled<Blob>();
    response.set_data(request.data());
    recycle(std::move(request));
    co_await cpp_lite::on(elsewhere);
    co_return response;
  }

  const std::shared_ptr<cpp_lite::Loop> elsewhere = cpp_lite::Loop::create();
  std::vector<Blob> kept;
};

TEST(Recycle, EachCallOfAHandlerThatRecyclesHasItsOwnMessages) {
  Recycling recycling;
  std::optional<cpp_lite::Server> server(std::in_place);
  server->add(recycling);
  ASSERT_TRUE(server->listen("127.0.0.1:0").ok());
  Echo::Client client(cpp_lite::connect("127.0.0.1:" + std::to_string(server->port())));
  const auto text = [](int i) { return std::string(static_cast<std::size_t>(i % 50), 'a'); };
  for (int i = 1; i <= 200; ++i) {
    const auto unary = client.Unary(blob(text(i), i), kPatience).get();
    ASSERT_TRUE(unary.ok());
    EXPECT_EQ(unary->data(), text(i));
    EXPECT_EQ(unary->count(), i);
    if (i % 20 != 0) continue;
    const auto look = client.Look(blob(text(i), i), kPatience).get();
    ASSERT_TRUE(look.ok());
    EXPECT_EQ(look->data(), text(i));
    EXPECT_EQ(look->count(), 0);
  }
  server.reset();  // its loop has ended
  ASSERT_EQ(recycling.kept.size(), 66u);
  for (std::size_t i = 0; i < recycling.kept.size(); ++i) {
    const int number = 3 * static_cast<int>(i + 1);
    EXPECT_EQ(recycling.kept[i].data(), text(number));
    EXPECT_EQ(recycling.kept[i].count(), number);
  }
}

}  // namespace
}  // namespace e2e
