// How streams and connections end, from whichever side and at whatever moment.
#include "peers.h"

namespace cpp_lite::h2 {
namespace {

class Ending : public Peers {};

TEST_F(Ending, AStreamThatTheServerDoesNotTakeIsRefused) {
  server_owner.refuses = true;
  auto refused = call();
  loop->run_until_idle();
  EXPECT_EQ(refused->lines, Lines{"close refused 7"});
  EXPECT_EQ(server->streams(), 0u);
}

TEST_F(Ending, AResetReachesTheOtherSideAndNobodyHere) {
  auto cancelled = call();
  loop->run_until_idle();
  client->reset(cancelled->id, kCancel);
  EXPECT_EQ(client->streams(), 0u);
  loop->run_until_idle();
  EXPECT_EQ(served(1).lines.back(), "close reset_by_peer 8");
  EXPECT_EQ(cancelled->lines, Lines{});
}

TEST_F(Ending, AResetReleasesTheOwner) {
  auto cancelled = call();
  const std::weak_ptr<Recorder> watch = cancelled;
  cancelled->connection.reset();
  client->reset(cancelled->id, kCancel);
  calls.clear();
  cancelled.reset();
  EXPECT_TRUE(watch.expired());
}

TEST_F(Ending, AStreamThatIsResetBeforeItWasSentLeavesNoTrace) {
  auto cancelled = call();
  client->reset(cancelled->id, kCancel);
  loop->run_until_idle();
  EXPECT_TRUE(server_owner.streams.empty());
  auto next = call();
  loop->run_until_idle();
  EXPECT_EQ(served(next->id).lines, Lines{kRequestLine});
}

TEST_F(Ending, AServerMayResetWithAnyCode) {
  auto recorder = call();
  loop->run_until_idle();
  server->reset(recorder->id, 0xd);
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, Lines{"close reset_by_peer 13"});
}

TEST_F(Ending, AnOwnerMayResetItsNeighbourDuringAnEvent) {
  for (int i = 0; i < 3; ++i) client->send_data(call()->id, to_bytes("x"), false);
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (stream.id == 1 && line == "data") stream.connection->reset(3, kCancel);
  };
  loop->run_until_idle();
  EXPECT_EQ(served(1).body, "x");
  EXPECT_EQ(served(5).body, "x");
  EXPECT_EQ(calls[1]->lines.back(), "close reset_by_peer 8");
  EXPECT_EQ(calls[0]->lines, Lines{});
}

TEST_F(Ending, AnOwnerMayResetItselfDuringAnyEvent) {
  for (const std::string& moment : {kRequestLine, std::string("data"), std::string("end")}) {
    server_owner.handler = [moment](Recorder& stream, const std::string& line) {
      if (line == moment) stream.connection->reset(stream.id, kCancel);
    };
    auto recorder = call();
    client->send_data(recorder->id, to_bytes("x"), true);
    loop->run_until_idle();
    EXPECT_EQ(served(recorder->id).lines.back(), moment);
    EXPECT_EQ(recorder->lines, Lines{"close reset_by_peer 8"});
  }
}

TEST_F(Ending, AStreamThatIsResetWhileItIsAcceptedIsGone) {
  server_owner.accepting = [](Connection& connection, std::int32_t id) {
    connection.reset(id, kCancel);
  };
  auto recorder = call();
  loop->run_until_idle();
  EXPECT_EQ(recorder->lines, Lines{"close reset_by_peer 8"});
  EXPECT_EQ(served(1).lines, Lines{});
}

TEST_F(Ending, AConnectionMayBeClosedWhileAStreamIsAccepted) {
  server_owner.accepting = [](Connection& connection, std::int32_t) { connection.close("no"); };
  auto recorder = call();
  call();
  loop->run_until_idle();
  EXPECT_TRUE(recorder->closed);
  EXPECT_EQ(served(1).lines, Lines{"close connection_lost: closed while the stream was accepted"});
  EXPECT_FALSE(server_owner.streams.contains(3));
}

TEST_F(Ending, CloseTellsEveryStreamThenTheOwner) {
  call();
  call();
  loop->run_until_idle();
  client->close("enough");
  EXPECT_EQ(calls[0]->lines, Lines{"close connection_lost: enough"});
  EXPECT_EQ(calls[1]->lines, Lines{"close connection_lost: enough"});
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "closed: enough"}));
  EXPECT_TRUE(client->closed());
  EXPECT_FALSE(client->can_open());

  loop->run_until_idle();
  EXPECT_EQ(served(1).lines.back(),
            "close connection_lost: connection closed after GOAWAY NO_ERROR: enough");
}

TEST_F(Ending, CloseTellsThePeerWhichErrorItWas) {
  server->close("too_many_pings", 0xb);
  loop->run_until_idle();
  EXPECT_EQ(client_owner.lines, (Lines{"ready", "draining",
                                       "closed: drained after GOAWAY ENHANCE_YOUR_CALM: "
                                       "too_many_pings"}));
}

TEST_F(Ending, AConnectionMayBeClosedDuringAnyEvent) {
  for (const std::string& moment : {kRequestLine, std::string("data"), std::string("end")}) {
    connect({}, {});
    server_owner.handler = [moment](Recorder& stream, const std::string& line) {
      if (stream.id == 1 && line == moment) stream.connection->close("enough");
    };
    client->send_data(call()->id, to_bytes("x"), true);
    client->send_data(call()->id, to_bytes("x"), true);
    loop->run_until_idle();
    EXPECT_EQ(served(1).lines.back(), "close connection_lost: enough");
    EXPECT_EQ(server_owner.lines, Lines{"closed: enough"});
    for (auto& recorder : calls) EXPECT_TRUE(recorder->closed);
  }
}

TEST_F(Ending, TheLastReferenceMayGoDuringAnEvent) {
  server_owner.handler = [this](Recorder& stream, const std::string& line) {
    if (line != "data") return;
    server.reset();
    stream.connection.reset();
  };
  client->send_data(call()->id, to_bytes("x"), true);
  loop->run_until_idle();
  EXPECT_EQ(served(1).lines,
            (Lines{kRequestLine, "data", "end", "close connection_lost: connection dropped"}));
  EXPECT_TRUE(calls[0]->closed);
}

TEST_F(Ending, ADroppedConnectionEndsItsStreams) {
  auto recorder = call();
  loop->run_until_idle();
  recorder->connection.reset();
  client.reset();
  EXPECT_EQ(recorder->lines, Lines{"close connection_lost: connection dropped"});
  loop->run_until_idle();
  EXPECT_TRUE(server->closed());
}

TEST_F(Ending, EventsInsideOnCloseFindAConnectionThatRefuses) {
  auto recorder = call();
  recorder->hook = [this](Recorder& self, const std::string&) {
    EXPECT_EQ(client->open(kRequest, calls[0]), 0);
    client->send_data(self.id, to_bytes("x"), true);
    client->reset(self.id, kCancel);
    client->close("again");
  };
  client->close("enough");
  EXPECT_EQ(recorder->lines, Lines{"close connection_lost: enough"});
  EXPECT_EQ(client_owner.lines.back(), "closed: enough");
}

TEST_F(Ending, WhatWasQueuedWhenTheResponseEndedStillArrives) {
  wire->from(1).chunk = 100;
  server_owner.handler = [](Recorder& stream, const std::string& line) {
    if (line != "end") return;
    stream.connection->send_headers(stream.id, kResponse, false);
    stream.connection->send_data(stream.id, std::vector<std::uint8_t>(500'000), true);
    stream.connection->drain();
  };
  client->send_data(call()->id, {}, true);
  loop->run_until_idle();
  EXPECT_EQ(calls[0]->body.size(), 500'000u);
  EXPECT_EQ(calls[0]->lines.back(), "close finished");
}

// The line breaks after each possible number of bytes, on either side.
TEST_F(Ending, WhereverTheLineBreaksEachStreamEndsExactlyOnce) {
  for (const std::size_t side : {std::size_t{0}, std::size_t{1}}) {
    for (std::size_t bytes = 1; bytes < 400; ++bytes) {
      connect({}, {});
      serve_echo();
      wire->from(side).cut_after = wire->from(side).bytes + bytes;
      for (int i = 0; i < 3; ++i) client->send_data(call()->id, to_bytes("hello"), true);
      loop->run_until_idle();
      for (auto& recorder : calls) {
        const auto closes = std::ranges::count_if(
            recorder->lines, [](const std::string& line) { return line.starts_with("close "); });
        ASSERT_EQ(closes, 1) << side << " " << bytes;
        ASSERT_TRUE(recorder->lines.back().starts_with("close ")) << side << " " << bytes;
      }
      ASSERT_EQ(client->closed(), server->closed());
      if (client->closed()) {
        ASSERT_EQ(client_owner.lines, (Lines{"ready", "closed: connection reset by peer"}));
        ASSERT_EQ(server_owner.lines, Lines{"closed: connection reset by peer"});
      }
    }
  }
}

}  // namespace
}  // namespace cpp_lite::h2
