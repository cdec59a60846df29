// A peer that complains of PINGs is sent fewer of them: docs/rules.md R56.
#include "fixture.h"

namespace cpp_lite::client {
namespace {

constexpr std::uint32_t kEnhanceYourCalm = 11;

class Calm : public ClientTest {
 protected:
  Calm() {
    options.keepalive = 10s;
    options.keepalive_timeout = 1s;
  }
  // The peer hangs up on a call with these words, and is silent to the next one. How long it takes
  // until that is noticed.
  std::chrono::seconds noticed_after(std::string_view words, std::uint32_t code) {
    Future<RawReply> first = unary();
    turn();
    peer.connections.back()->close(std::string(words), code);
    turn();
    EXPECT_EQ(status_of(first).code(), Code::unavailable);
    Future<RawReply> second = unary();
    turn();
    peer.pipes.back()->set_to_server({.stall = true});
    std::chrono::seconds passed{0};
    for (; !second.ready() && passed < 200s; passed += 1s) loop->advance(1s);
    return passed;
  }
};

TEST_F(Calm, TooManyPingsHalveTheirNumber) {
  EXPECT_EQ(noticed_after("too_many_pings", kEnhanceYourCalm), 21s);
  EXPECT_EQ(noticed_after("too_many_pings", kEnhanceYourCalm), 41s) << "each time";
}

TEST_F(Calm, OtherComplaintsDoNot) {
  EXPECT_EQ(noticed_after("too many calls", kEnhanceYourCalm), 11s);
  EXPECT_EQ(noticed_after("too_many_pings", kNoError), 11s);
}

}  // namespace
}  // namespace cpp_lite::client
