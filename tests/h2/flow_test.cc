// Flow control: who may send how much, who hears when there is room again.
#include "peers.h"

namespace cpp_lite::h2 {
namespace {

constexpr std::size_t kWindow = 65'536;

class Flow : public Peers {
 protected:
  void SetUp() override {
    connect({.stream_window = kWindow, .connection_window = 4 * kWindow},
            {.stream_window = kWindow, .connection_window = 4 * kWindow});
  }
  std::shared_ptr<Recorder> stuffed_call(std::size_t bytes) {
    auto sender = call();
    client->send_data(sender->id, std::vector<std::uint8_t>(bytes), false);
    return sender;
  }
  void read_nothing() {
    server_owner.handler = [](Recorder& stream, const std::string&) { stream.consumes = false; };
  }
};

TEST_F(Flow, AWriterStopsAtTheStreamsWindowAndGoesOnAfterConsume) {
  read_nothing();
  auto sender = stuffed_call(3 * kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), kWindow);
  EXPECT_EQ(client->queued(sender->id), 2 * kWindow);

  server->consume(1, kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 2 * kWindow);

  server->consume(1, kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 3 * kWindow);
  EXPECT_EQ(client->queued(sender->id), 0u);
}

TEST_F(Flow, ConsumingMoreThanCameDoesNotOpenTheWindowWider) {
  read_nothing();
  stuffed_call(5 * kWindow);
  loop->run_until_idle();
  server->consume(1, 100 * kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 2 * kWindow);
}

TEST_F(Flow, ALargeBodyThatIsBeingWrittenOutlivesItsStream) {
  hang_up();
  connect({}, {});
  wire->from(0).stalled = true;
  std::vector<std::uint8_t> large(200'000);
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<std::uint8_t>(i % 251);
  auto sender = call();
  client->send_data(sender->id, large, false);
  loop->run_until_idle();
  client->reset(sender->id, kCancel);

  wire->from(0).stalled = false;
  wire->pump(0);
  loop->run_until_idle();
  EXPECT_TRUE(served(1).body == to_text(large));
  EXPECT_EQ(served(1).lines.back(), "close reset_by_peer 8");
}

TEST_F(Flow, WhatAWriteHoldsIsCountedWhateverBecameOfItsStreams) {
  constexpr std::size_t kLarge = 1 << 20;
  hang_up();
  connect({.stream_window = 4096}, {});
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (!line.starts_with("headers")) return;
    stream.connection->send_headers(stream.id, kResponse, false);
    stream.connection->send_data(stream.id, std::vector<std::uint8_t>(kLarge), false);
  };
  wire->from(1).stalled = true;
  for (int i = 0; i < 10; ++i) call();
  loop->run_until_idle();
  for (const auto& recorder : calls) client->reset(recorder->id, kCancel);
  loop->run_until_idle();
  EXPECT_EQ(server->streams(), 0u);
  EXPECT_GE(server->unsent(), 10 * kLarge) << "the first write has a part of each";
  EXPECT_LT(server->unsent(), 11 * kLarge);

  wire->from(1).stalled = false;
  wire->pump(1);
  loop->run_until_idle();
  EXPECT_EQ(server->unsent(), 0u);
}

TEST_F(Flow, ABodyCountsAsAWholeUntilItsLastByteIsOut) {
  constexpr std::size_t kLarge = 1 << 20;
  hang_up();
  connect({.stream_window = kLarge - 1, .connection_window = 64 << 20}, {});
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (!line.starts_with("headers")) return;
    stream.connection->send_headers(stream.id, kResponse, false);
    stream.connection->send_data(stream.id, std::vector<std::uint8_t>(kLarge), false);
  };
  for (int i = 0; i < 10; ++i) call()->consumes = false;
  loop->run_until_idle();
  EXPECT_EQ(server->unsent(), 10 * kLarge);
  EXPECT_EQ(server->queued(1), 1u);
  EXPECT_EQ(server->held(1), kLarge);
  for (const auto& recorder : calls) client->reset(recorder->id, kCancel);
  loop->run_until_idle();
  EXPECT_EQ(server->unsent(), 0u);
}

TEST_F(Flow, LargeBodiesOfSeveralStreamsShareAWrite) {
  hang_up();
  connect({}, {});
  std::vector<std::string> bodies;
  for (const char letter : {'a', 'b', 'c'}) {
    bodies.emplace_back(150'000, letter);
    client->send_data(call()->id, to_bytes(bodies.back()), true);
  }
  loop->run_until_idle();
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    EXPECT_TRUE(served(static_cast<std::int32_t>(2 * i + 1)).body == bodies[i]) << i;
  }
}

TEST_F(Flow, AStreamThatEndsUnreadGivesItsShareOfTheConnectionBack) {
  read_nothing();
  for (int i = 0; i < 5; ++i) stuffed_call(kWindow);
  loop->run_until_idle();
  EXPECT_LT(served(9).body.size(), kWindow);  // the five fill the connection's window

  for (const int id : {1, 3, 5}) server->reset(id, kCancel);
  loop->run_until_idle();
  EXPECT_EQ(served(9).body.size(), kWindow);
}

TEST_F(Flow, WhatThePeerResetsUnreadIsGivenBackToo) {
  read_nothing();
  for (int i = 0; i < 5; ++i) stuffed_call(kWindow);
  loop->run_until_idle();
  for (const int id : {1, 3, 5}) client->reset(id, kCancel);
  loop->run_until_idle();
  EXPECT_EQ(served(9).body.size(), kWindow);
}

TEST_F(Flow, DataThatArrivesAfterOurResetIsGivenBack) {
  read_nothing();
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (line.starts_with("headers")) stream.connection->reset(stream.id, kCancel);
  };
  // Each stream's body is on its way when the server resets it: ten connection windows in all.
  for (int i = 0; i < 40; ++i) {
    stuffed_call(kWindow);
    loop->run_until_idle();
  }
  server_owner.handler = nullptr;
  auto last = stuffed_call(kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(last->id).body.size(), kWindow);
}

TEST_F(Flow, DataForAStreamThatWasResetInTheSameReadIsGivenBack) {
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    stream.consumes = false;
    if (line == "data") stream.connection->reset(stream.id, kCancel);
  };
  for (int i = 0; i < 40; ++i) {
    stuffed_call(kWindow);
    loop->run_until_idle();
  }
  server_owner.handler = nullptr;
  auto last = stuffed_call(kWindow);
  loop->run_until_idle();
  EXPECT_EQ(served(last->id).body.size(), kWindow);
}

TEST_F(Flow, TheOwnerHearsOnceWhenItsQueueHasRoomAgain) {
  read_nothing();
  auto sender = stuffed_call(kWindow + (64 << 10));  // the window, and a full queue behind it
  loop->run_until_idle();
  EXPECT_EQ(client->queued(sender->id), 64u << 10);
  EXPECT_EQ(sender->lines, Lines{});

  server->consume(1, kWindow);
  loop->run_until_idle();
  EXPECT_EQ(sender->lines, Lines{"writable"});
}

TEST_F(Flow, NobodyHearsOfAQueueThatWasNeverFull) {
  auto sender = stuffed_call((64 << 10) - 1);
  loop->run_until_idle();
  EXPECT_EQ(sender->lines, Lines{});
}

TEST_F(Flow, AWriterMayRefillItsQueueFromInsideTheEvent) {
  auto sender = call();
  int rounds = 50;
  sender->hook = [&](Recorder& self, const std::string& line) {
    if (line == "writable" && --rounds > 0) {
      client->send_data(self.id, std::vector<std::uint8_t>(70'000), false);
    }
  };
  client->send_data(sender->id, std::vector<std::uint8_t>(70'000), false);
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 50u * 70'000);
}

TEST_F(Flow, ASlowTransportHoldsBackTheStreamsAndNotTheMemory) {
  connect({}, {});
  wire->from(0).stalled = true;
  auto sender = stuffed_call(1 << 20);
  loop->run_until_idle();
  // One write is out; everything else waits in the queue.
  EXPECT_GE(client->queued(sender->id), (1u << 20) - (256u << 10) - 16'384);
  EXPECT_LE(wire->from(0).pending.size(), (256u << 10) + 2 * 16'384u);

  wire->from(0).stalled = false;
  wire->pump(0);
  loop->run_until_idle();
  EXPECT_EQ(client->queued(sender->id), 0u);
  EXPECT_EQ(served(1).body.size(), 1u << 20);
}

TEST_F(Flow, ALargeBodyIsOneWriteWhereItIsSentFromWhereItIs) {
  connect({}, {});
  wire->from(0).stalled = true;
  wire->from(0).most_referred = 1 << 20;
  auto sender = stuffed_call(1 << 20);
  loop->run_until_idle();
  EXPECT_EQ(client->queued(sender->id), 0u);
  EXPECT_GT(wire->from(0).pending.size(), 1u << 20);
}

TEST_F(Flow, HoweverMuchAWriteMayReferToItCopiesNoMoreThanAnyOther) {
  connect({}, {.connection_window = 4 << 20});
  wire->from(0).stalled = true;
  wire->from(0).most_referred = 1 << 20;
  for (int i = 0; i < 20; ++i) stuffed_call(1 << 16);  // which are copied
  loop->run_until_idle();
  EXPECT_LE(wire->from(0).pending.size(), (256u << 10) + 2 * 16'384u);
  for (int i = 0; i < 3; ++i) stuffed_call(1 << 20);
  wire->from(0).stalled = false;
  std::size_t most_copied = 0, most = 0;
  wire->pump(0);
  while (loop->poll() > 0) {
    most_copied = std::max(most_copied, wire->from(0).pending.bytes.size());
    most = std::max(most, wire->from(0).pending.size());
  }
  EXPECT_LE(most_copied, (256u << 10) + 2 * 16'384u);
  EXPECT_LE(most, (1280u << 10) + 2 * 16'384u);
  EXPECT_GT(most, 1u << 20);
}

TEST_F(Flow, BigBodiesShareTheConnection) {
  connect({}, {});
  wire->from(0).stalled = true;
  auto first = stuffed_call(1 << 20);
  auto second = stuffed_call(1 << 20);
  loop->run_until_idle();
  EXPECT_LT(client->queued(first->id), 1u << 20);
  EXPECT_LT(client->queued(second->id), 1u << 20);
}

TEST_F(Flow, SixtyFourMebibytesInManyPiecesPass) {
  connect({}, {});
  auto sender = call();
  for (int i = 0; i < 64; ++i) {
    client->send_data(sender->id, std::vector<std::uint8_t>(1 << 20, 'x'), i == 63);
  }
  loop->run_until_idle();
  EXPECT_EQ(served(1).body.size(), 64u << 20);
  EXPECT_TRUE(served(1).ended);
}

TEST_F(Flow, NoRoomForAnotherStreamUntilOneEnds) {
  connect({}, {.max_concurrent_streams = 2});
  auto first = call();
  call();
  EXPECT_FALSE(client->can_open());
  EXPECT_EQ(client->open(kRequest, first), 0);

  loop->run_until_idle();
  client->reset(first->id, kCancel);
  EXPECT_TRUE(client->can_open());
  loop->run_until_idle();
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "capacity"}));
}

TEST_F(Flow, CapacityThatIsUsedAtOnceIsToldAgain) {
  connect({}, {.max_concurrent_streams = 1});
  serve_echo();
  client_owner.hook = [this] { client->send_data(call()->id, to_bytes("x"), true); };
  client->send_data(call()->id, to_bytes("x"), true);
  for (int i = 0; i < 3 && calls.size() < 10; ++i) loop->poll();
  client_owner.hook = nullptr;
  loop->run_until_idle();
  EXPECT_EQ(client->streams(), 0u);
  EXPECT_TRUE(client->can_open());
}

}  // namespace
}  // namespace cpp_lite::h2
