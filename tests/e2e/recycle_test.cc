// Messages that are used again.
#include <cpp_lite/recycle.h>

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
  recycle(blob(std::string(kLong, 'x'), 7));
  Blob second = recycled<Blob>();
  EXPECT_EQ(second.ByteSizeLong(), 0u);
  EXPECT_EQ(second.count(), 0);
  EXPECT_EQ(has_memory(second), cpp_lite::detail::keeps_memory());
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
