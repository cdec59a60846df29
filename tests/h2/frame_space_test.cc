// The memory that the sessions of a loop have in turn.
#include "h2/frame_space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "h2/session.h"
#include "support/fake_loop.h"

namespace cpp_lite::h2 {
namespace {

TEST(FrameSpace, IsOnePerLoop) {
  const auto one = support::FakeLoop::create(), other = support::FakeLoop::create();
  const auto space = FrameSpace::of(*one);
  EXPECT_EQ(FrameSpace::of(*one), space);
  EXPECT_NE(FrameSpace::of(*other), space);
}

TEST(FrameSpace, IsLentToEachSessionOnceWhileItIsOpened) {
  const auto space = std::make_shared<FrameSpace>();
  SessionMemory first(space), second(space);
  void* const shared = SessionMemory::allocate(SessionMemory::kFrame + 10, &first);
  EXPECT_TRUE(space->owns(shared));
  EXPECT_EQ(SessionMemory::resize(nullptr, SessionMemory::kFrame + 10, &second), shared);
  void* const own = SessionMemory::allocate(SessionMemory::kFrame + 10, &first);
  EXPECT_FALSE(space->owns(own));
  for (void* bytes : {own, shared}) SessionMemory::release(bytes, &first);
  SessionMemory third(space);
  third.opened();
  void* const later = SessionMemory::allocate(SessionMemory::kFrame + 10, &third);
  EXPECT_FALSE(space->owns(later));
  SessionMemory::release(later, &third);
}

TEST(FrameSpace, WhoNeedsMoreGetsItsOwn) {
  const auto space = std::make_shared<FrameSpace>();
  SessionMemory memory(space);
  void* const shared = SessionMemory::allocate(SessionMemory::kFrame, &memory);
  std::memset(shared, 'x', SessionMemory::kFrame);
  void* const larger = SessionMemory::resize(shared, 2 * SessionMemory::kFrame, &memory);
  EXPECT_FALSE(space->owns(larger));
  EXPECT_EQ(std::string(static_cast<char*>(larger), SessionMemory::kFrame),
            std::string(SessionMemory::kFrame, 'x'));
  SessionMemory::release(larger, &memory);
}

// A client and a server whose bytes a test carries.
struct Couple {
  explicit Couple(const std::shared_ptr<FrameSpace>& space)
      : client(Side::client, options(), space), server(Side::server, options(), space) {
    for (int i = 0; i < 3; ++i) {
      carry(client, server);
      carry(server, client);
    }
    (void)events(client);
    (void)events(server);
  }
  static ConnectionOptions options() { return {.max_header_list = 200 << 10}; }
  static bool carry(Session& from, Session& to, std::size_t limit = 1 << 20) {
    Output out;
    from.output(out, limit);
    const std::vector<std::uint8_t> bytes = std::move(out).join();
    to.feed(bytes);
    return !bytes.empty();
  }
  static std::vector<Event> events(Session& session) {
    std::vector<Event> batch;
    session.take_events(batch);
    return batch;
  }

  Session client, server;
};

// nghttp2 opens a session with one such space, and leaves nothing in it that it needs later, be it
// in the middle of a block of many frames.
TEST(FrameSpace, SessionsThatTakeTurnsDoNotDisturbEachOther) {
  const auto space = std::make_shared<FrameSpace>();
  Couple couples[] = {Couple(space), Couple(space)};
  EXPECT_GE(space->size(), SessionMemory::kFrame) << "this nghttp2 asks for less";
  std::string values[2];
  for (int i = 0; i < 2; ++i) {
    for (int n = 0; n < 60'000; ++n) values[i] += static_cast<char>('a' + (n * (i + 3)) % 26);
    const HeaderList headers = {{":method", "POST"},
                                {":scheme", "http"},
                                {":path", "/x"},
                                {":authority", "x"},
                                {"long", values[i]}};
    ASSERT_GT(couples[i].client.request(headers), 0);
  }
  int turns = 0;
  for (bool moved = true; moved; ++turns) {
    moved = false;
    for (Couple& couple : couples) moved |= Couple::carry(couple.client, couple.server, 1);
  }
  EXPECT_GT(turns, 3) << "each block took several turns";
  for (int i = 0; i < 2; ++i) {
    const std::vector<Event> events = Couple::events(couples[i].server);
    ASSERT_FALSE(events.empty()) << couples[i].server.failure();
    EXPECT_EQ(events.front().block.get("long"), values[i]);
  }
}

}  // namespace
}  // namespace cpp_lite::h2
