// Which streams a server takes, frame by frame: after a final GOAWAY none above its id reaches a
// handler, and none beyond the limit, so that a client may send those again whatever they do.
#include <algorithm>
#include <map>
#include <random>

#include "h2/raw_peer.h"
#include "server/served.h"

namespace cpp_lite::server {
namespace {

using namespace std::chrono_literals;

// One server and one client, which the test plays. Handlers note what they run: each request's
// message is its stream's id.
class RawServed {
 public:
  explicit RawServed(ServerOptions options = {}, double chance = 0.5) {
    config.options = std::move(options);
    config.options.log = nullptr;
    config.random = [chance] { return chance; };
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs[std::stoi(text(call.context().request_bytes()))];
      call.respond(outgoing("ran"));
      return Status();
    };
    config.router.add(service, RunOn::loop);
    shard.emplace(loop, config);
    io::Pipe pipe = io::make_pipe(*loop);
    shard->accept(std::move(pipe.server));
    peer.emplace(std::move(pipe.client));
  }
  ~RawServed() {
    peer->close();
    shard->drain(loop->now(), nullptr);
    loop->advance(5s);
  }

  void send(const Bytes& bytes) {
    peer->send(bytes);
    loop->run_until_idle();
  }
  void begin_drain() {
    shard->drain(loop->now() + 100s, nullptr);
    loop->run_until_idle();
  }
  static Bytes head(std::int32_t id) {
    using h2::literals;
    return h2::encode({h2::kHeaders, 0x4, id,
                       literals({{":method", "POST"},
                                 {":scheme", "http"},
                                 {":authority", "t"},
                                 {":path", "/test.Bytes/Unary"},
                                 {"te", "trailers"},
                                 {"content-type", "application/grpc"}})});
  }
  static Bytes body(std::int32_t id) {
    return h2::encode({h2::kData, 0x1, id, framed(std::to_string(id))});
  }
  static Bytes requests(std::int32_t from, std::int32_t to) {
    Bytes all;
    for (std::int32_t id = from; id <= to; id += 2) {
      for (const Bytes& part : {head(id), body(id)})
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }
  // Of the PING that goes with the first GOAWAY.
  Bytes ping_ack() const {
    return h2::encode({h2::kPing, 0x1, 0, peer->frames(h2::kPing).back().payload});
  }
  // Where none came the client knows nothing of any stream.
  std::int32_t last_goaway() const {
    const std::vector<h2::Frame> all = peer->frames(h2::kGoaway);
    if (all.empty()) return 0x7fffffff;
    const Bytes& p = all.back().payload;
    return p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
  }
  std::vector<std::int32_t> refused() const {
    std::vector<std::int32_t> ids;
    for (const h2::Frame& frame : peer->frames(h2::kRstStream)) {
      if (frame.payload == h2::big_endian(7)) ids.push_back(frame.id);
    }
    return ids;
  }

  static Bytes ping() { return h2::encode({h2::kPing, 0, 0, Bytes(8, 'p')}); }
  // What the last GOAWAY says, behind its two numbers.
  std::string goaway_words() const {
    const std::vector<h2::Frame> all = peer->frames(h2::kGoaway);
    return all.empty() ? "none" : text(std::span(all.back().payload).subspan(8));
  }
  std::size_t goaways() const { return peer->frames(h2::kGoaway).size(); }

  ByteService service;
  Config config;
  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::optional<Shard> shard;
  std::optional<h2::RawPeer> peer;
  std::map<std::int32_t, int> runs;  // by stream
};

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(Draining, BetweenTheTwoGoawaysCallsAreServed) {
  RawServed served;
  served.peer->send_preface();
  served.begin_drain();
  served.send(RawServed::requests(1, 5));
  EXPECT_EQ(served.runs.size(), 3u);
  EXPECT_EQ(served.shard->counters.refused_by_drain, 0u);
}

TEST(Draining, TheRestOfTheBufferThatBringsTheFinalGoawayIsNamedByItOrNeverRuns) {
  RawServed served;
  served.peer->send_preface();
  served.begin_drain();
  served.send(RawServed::requests(1, 5) + served.ping_ack() + RawServed::requests(7, 99));
  for (const auto& [id, times] : served.runs) {
    EXPECT_LE(id, served.last_goaway());
    EXPECT_EQ(times, 1);
  }
  EXPECT_EQ(served.runs.size(), static_cast<std::size_t>(served.last_goaway() + 1) / 2);
}

TEST(Draining, StreamsAboveTheFinalGoawayRunNothingAndAreCounted) {
  RawServed served;
  served.peer->send_preface();
  served.begin_drain();
  served.send(RawServed::head(1) + RawServed::requests(3, 5) + served.ping_ack());
  served.send(RawServed::requests(7, 99));  // the connection is still read, because of stream 1
  EXPECT_EQ(served.last_goaway(), 5);
  EXPECT_EQ(served.runs.size(), 2u);
  EXPECT_EQ(served.shard->counters.refused_by_drain, 47u);
  served.send(RawServed::body(1));
  EXPECT_EQ(served.runs.size(), 3u);
}

TEST(Draining, ARequestBelowTheFinalGoawayIsServedEvenIfItsBodyComesLater) {
  RawServed served;
  served.peer->send_preface();
  served.begin_drain();
  served.send(RawServed::head(1) + served.ping_ack());
  served.send(RawServed::requests(3, 3) + RawServed::body(1));
  EXPECT_EQ(served.last_goaway(), 1);
  EXPECT_EQ(served.runs, (std::map<std::int32_t, int>{{1, 1}}));
}

TEST(Draining, AnEndOfTheDrainInTheMiddleOfABufferRunsNothingThatItDidNotName) {
  RawServed served;
  served.service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    ++served.runs[std::stoi(text(call.context().request_bytes()))];
    served.shard->drain(served.loop->now(), nullptr);  // and so it ends in the next turn
    call.respond(outgoing("ran"));
    return Status();
  };
  served.peer->send_preface();
  served.send(RawServed::requests(1, 9));
  served.loop->advance(1s);
  for (const auto& [id, times] : served.runs) {
    EXPECT_LE(id, served.last_goaway());
    EXPECT_EQ(times, 1);
  }
}

// A client sends what it must not know to be executed again on another connection: what the GOAWAY
// does not name, and what was reset with REFUSED_STREAM. Nothing of that may have run. The drain is
// the server's, or that of a connection that has grown old, with a grace for its calls.
TEST(Draining, NoSeedMakesARequestRunThatTheClientMaySendAgain) {
  int sent = 0;
  for (unsigned seed = 0; seed < 250; ++seed) {
    std::mt19937 random(seed);
    const bool by_age = random() % 2 == 0;
    RawServed served({.max_connection_age = by_age ? 60s : 0s,
                      .max_connection_age_grace = random() % 2 == 0 ? 0s : 1s});
    const auto id_of = [](std::size_t call) { return static_cast<std::int32_t>(2 * call + 1); };
    const std::size_t calls = 41, drain_at = random() % calls;
    served.peer->send_preface();
    Bytes buffer;
    std::size_t acknowledge_at = calls;
    for (std::size_t i = 0; i < calls; ++i, ++sent) {
      if (i == drain_at) {
        served.send(std::exchange(buffer, {}));
        if (by_age) {
          served.loop->advance(60s);
        } else {
          served.begin_drain();
        }
        acknowledge_at = drain_at + random() % 10;
      }
      if (i == acknowledge_at) buffer = std::move(buffer) + served.ping_ack();
      buffer = std::move(buffer) + RawServed::requests(id_of(i), id_of(i));
      // Buffers end anywhere, inside frames too.
      if (random() % 4 == 0) {
        const auto cut = buffer.begin() + static_cast<std::ptrdiff_t>(random() % buffer.size());
        served.send(Bytes(buffer.begin(), cut));
        buffer.erase(buffer.begin(), cut);
      }
    }
    served.send(buffer);
    served.loop->advance(2s);  // without an acknowledgement the final GOAWAY comes after a second
    const std::vector<std::int32_t> refused = served.refused();
    for (const auto& [id, times] : served.runs) {
      ASSERT_LE(id, served.last_goaway()) << "seed " << seed;
      ASSERT_EQ(times, 1) << "seed " << seed;
      ASSERT_EQ(std::ranges::count(refused, id), 0) << "seed " << seed;
    }
    ASSERT_EQ(served.runs.size(), static_cast<std::size_t>(served.last_goaway() + 1) / 2);
  }
  EXPECT_GT(sent, 10'000);
}

// R57
TEST(Ageing, AConnectionIsDrainedAtItsAgeAndItsCallsGoOn) {
  RawServed served({.default_deadline = 3h, .max_deadline = 3h, .max_connection_age = 100s});
  served.peer->send_preface();
  served.send(RawServed::head(1));
  served.loop->advance(100s - 1ns);
  EXPECT_EQ(served.goaways(), 0u);
  served.loop->advance(1ns);
  EXPECT_EQ(served.last_goaway(), 0x7fffffff);
  served.send(RawServed::requests(3, 5));
  served.send(served.ping_ack());
  EXPECT_EQ(served.last_goaway(), 5);
  served.loop->advance(1h);
  EXPECT_EQ(served.peer->closed, "");
  served.send(RawServed::body(1));
  EXPECT_EQ(served.runs, (std::map<std::int32_t, int>{{1, 1}, {3, 1}, {5, 1}}));
  served.loop->advance(1s);
  EXPECT_EQ(served.peer->closed, "connection closed");
}

// R57
TEST(Ageing, TheAgeIsATenthLessOrMore) {
  for (const auto& [chance, age] :
       {std::pair(0.0, 90s), std::pair(0.5, 100s), std::pair(0.999999, 110s)}) {
    RawServed served({.max_connection_age = 100s}, chance);
    served.peer->send_preface();
    served.loop->advance(age - 1s);
    EXPECT_EQ(served.goaways(), 0u) << chance;
    served.loop->advance(1s);
    EXPECT_GE(served.goaways(), 1u) << chance;
  }
}

TEST(Ageing, ItsCallsAreLostAfterTheGrace) {
  RawServed served({.default_deadline = 3h,
                    .max_deadline = 3h,
                    .max_connection_age = 100s,
                    .max_connection_age_grace = 10s});
  served.peer->send_preface();
  served.send(RawServed::head(1));
  served.loop->advance(110s - 1ns);
  EXPECT_EQ(served.peer->closed, "");
  served.loop->advance(1ns);
  EXPECT_EQ(served.peer->closed, "connection closed");
  EXPECT_EQ(served.last_goaway(), 1) << "so that it is not taken for refused";
}

TEST(Ageing, WithoutCallsForAWhileAConnectionIsDrained) {
  RawServed served({.max_connection_idle = 60s});
  served.peer->send_preface();
  served.loop->advance(60s - 1ns);
  EXPECT_EQ(served.goaways(), 0u);
  served.loop->advance(1ns);
  EXPECT_EQ(served.last_goaway(), 0x7fffffff);
  served.send(RawServed::requests(1, 1) + served.ping_ack());
  EXPECT_EQ(served.runs.size(), 1u) << "it was on its way";
}

TEST(Ageing, ACallKeepsItsConnectionAndTheWhileBeginsAtItsEnd) {
  RawServed served({.default_deadline = 3h, .max_deadline = 3h, .max_connection_idle = 60s});
  served.peer->send_preface();
  served.send(RawServed::head(1));
  served.loop->advance(59min + 59s);
  EXPECT_EQ(served.goaways(), 0u);
  served.send(RawServed::body(1));
  served.loop->advance(60s);
  EXPECT_EQ(served.goaways(), 0u);
  served.loop->advance(60s);
  EXPECT_GE(served.goaways(), 1u);
}

// The tests below count on what ServerOptions has by default: 10 s, and 5 min without calls.
TEST(Pings, AThirdThatComesTooEarlyCostsTheConnectionAndSaysWhy) {
  RawServed served;
  served.peer->send_preface();
  for (int i = 0; i < 3; ++i) served.send(RawServed::ping());
  EXPECT_EQ(served.goaways(), 0u);
  served.send(RawServed::ping());
  EXPECT_EQ(served.goaway_words(), "too_many_pings");
  EXPECT_EQ(served.peer->frames(h2::kGoaway).back().payload[7], 11) << "ENHANCE_YOUR_CALM";
  EXPECT_EQ(served.peer->closed, "connection closed");
  EXPECT_EQ(served.shard->counters.too_many_pings, 1u);
}

TEST(Pings, AtTheLeastIntervalOfAClientTheyMayComeForHoursWhileACallIsOpen) {
  RawServed served({.default_deadline = 3h, .max_deadline = 3h});
  served.peer->send_preface();
  served.send(RawServed::head(1));
  for (int i = 0; i < 1000; ++i) {
    served.send(RawServed::ping());
    served.loop->advance(10s);
  }
  EXPECT_EQ(served.goaways(), 0u);
  served.send(RawServed::body(1));
  EXPECT_EQ(served.runs.size(), 1u);
}

TEST(Pings, EachAnswerIsWorthOne) {
  RawServed served;
  served.peer->send_preface();
  for (std::int32_t id = 1; id < 100; id += 2) {
    served.send(RawServed::requests(id, id) + RawServed::ping());
  }
  EXPECT_EQ(served.goaways(), 0u);
}

// What runs is named by the GOAWAY, so that it is not taken for refused; what comes behind in the
// same buffer is not served, and may be named or not.
TEST(Pings, NothingRunsThatTheGoawayDoesNotName) {
  RawServed served;
  served.peer->send_preface();
  served.send(RawServed::head(1) + RawServed::ping() + RawServed::ping() + RawServed::ping() +
              RawServed::requests(3, 5) + RawServed::ping() + RawServed::ping() +
              RawServed::ping() + RawServed::ping() + RawServed::requests(7, 99));
  EXPECT_EQ(served.goaway_words(), "too_many_pings");
  for (const auto& [id, times] : served.runs) {
    EXPECT_LE(id, served.last_goaway());
    EXPECT_LE(id, 5);
  }
}

TEST(StreamLimit, WhatComesBeforeTheClientKnowsOfItIsRefusedAndRunsNothing) {
  RawServed served({.max_concurrent_streams = 2});
  served.peer->send_preface();
  served.send(RawServed::head(1) + RawServed::head(3) + RawServed::requests(5, 9) +
              RawServed::body(1) + RawServed::body(3));
  EXPECT_EQ(served.refused(), (std::vector<std::int32_t>{5, 7, 9}));
  EXPECT_EQ(served.runs, (std::map<std::int32_t, int>{{1, 1}, {3, 1}}));
}

// Whoever ignores the limit that he knows loses the connection; its GOAWAY names all that ran.
TEST(StreamLimit, WhatComesInSpiteOfItRunsNothing) {
  RawServed served({.max_concurrent_streams = 2});
  served.peer->send_preface();
  served.send(h2::encode({h2::kSettings, 0x1, 0, {}}));
  served.send(RawServed::requests(1, 1) + RawServed::head(3) + RawServed::head(5) +
              RawServed::requests(7, 9) + RawServed::body(3));
  for (const auto& [id, times] : served.runs) {
    EXPECT_LE(id, 3);
    EXPECT_LE(id, served.last_goaway());
  }
}

}  // namespace
}  // namespace cpp_lite::server
