// Deadlines: D2, D3, D4, D5, D10, D11, D12, D18 of the specification of calls.
#include <cpp_lite/layers.h>

#include <string>
#include <vector>

#include "fixture.h"

namespace cpp_lite::client {
namespace {

class ServedCall final : public CallContext {
 public:
  SteadyTime deadline() const override { return when; }
  bool cancelled() const override { return is_cancelled; }
  std::uint64_t on_cancel(Task task) override {
    tasks.emplace_back(++last, std::move(task));
    return last;
  }
  void forget(std::uint64_t id) override {
    std::erase_if(tasks, [id](const auto& entry) { return entry.first == id; });
  }
  void cancel() {
    is_cancelled = true;
    for (auto& [id, task] : std::exchange(tasks, {})) task();
  }

  SteadyTime when = SteadyTime::max();
  bool is_cancelled = false;
  std::uint64_t last = 0;
  std::vector<std::pair<std::uint64_t, Task>> tasks;
};

class Deadlines : public ClientTest {
 protected:
  void expect_deadline(Future<RawReply>& future, std::string_view phase) {
    const Status status = status_of(future);
    EXPECT_EQ(status.code(), Code::deadline_exceeded);
    EXPECT_EQ(status.origin(), Origin::local);
    EXPECT_EQ(status.phase(), phase);
    EXPECT_NE(status.message().find(phase), std::string::npos) << status.message();
  }
  const std::shared_ptr<ServedCall> parent = std::make_shared<ServedCall>();
};

TEST_F(Deadlines, StrikeWhileResolving) {
  script->hold_resolving = true;
  Future<RawReply> future = unary(1s);
  loop->advance(1s - 1ns);
  EXPECT_FALSE(future.ready());
  loop->advance(1ns);
  expect_deadline(future, "resolving");
}

TEST_F(Deadlines, StrikeWhileConnecting) {
  script->hold_dialing = true;
  Future<RawReply> future = unary(1s);
  loop->advance(1s);
  expect_deadline(future, "connecting");
}

TEST_F(Deadlines, StrikeWhileThePeerDoesNotSpeak) {
  peer.speaks = false;
  Future<RawReply> future = unary(1s);
  loop->advance(1s);
  expect_deadline(future, "connecting");
}

TEST_F(Deadlines, StrikeInABackoffAndTellTheLastFailure) {
  script->ways = {Status(Code::unavailable, "connection refused: ipv4:127.0.0.1:1")};
  Future<RawReply> future = unary(500ms, {.wait_for_ready = true});
  loop->advance(500ms);
  const Status status = status_of(future);
  EXPECT_EQ(status.code(), Code::deadline_exceeded);
  EXPECT_EQ(status.phase(), "connecting");
  EXPECT_NE(status.message().find("connection refused"), std::string::npos);
}

TEST_F(Deadlines, StrikeWhileQueued) {
  peer.options.max_concurrent_streams = 1;
  Future<RawReply> first = unary();
  turn();
  Future<RawReply> second = unary(1s);
  loop->advance(1s);
  expect_deadline(second, "queued");
  EXPECT_EQ(peer.asked, 1);
}

TEST_F(Deadlines, StrikeWhenSentAndResetTheStream) {
  Future<RawReply> future = unary(1s);
  loop->advance(1s);
  expect_deadline(future, "sent");
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(Deadlines, LateTrailersAreIgnored) {
  Future<RawReply> future = unary(1s);
  loop->advance(999ms);
  loop->advance(1ms);
  peer.last().answer("pong");
  turn();
  expect_deadline(future, "sent");
}

TEST_F(Deadlines, ThatHavePassedSendNothing) {
  for (const Deadline deadline : {Deadline(0s), Deadline(-1s), Deadline(SteadyTime::min())}) {
    Future<RawReply> future = unary(deadline);
    ASSERT_TRUE(future.ready());
    const RawReply reply = take(future);
    EXPECT_EQ(reply.status.code(), Code::deadline_exceeded);
    EXPECT_EQ(reply.attempts, 0);
  }
  turn();
  EXPECT_EQ(script->rounds, 0);
}

TEST_F(Deadlines, AreSentAsWhatIsLeft) {
  script->ways = {Status(Code::unavailable, "not yet")};
  Future<RawReply> future = unary(20s, {.wait_for_ready = true});
  turn();
  script->ways = {Status()};
  loop->advance(1s);  // the first backoff
  EXPECT_EQ(peer.last().header("grpc-timeout"), "19000000u");
}

TEST_F(Deadlines, AreSentRoundedSoThatCallsWithTheSameOneSayTheSame) {
  for (const std::chrono::nanoseconds left : {20s - 1ns, 20s - 9ms + 0ns}) {
    const Metadata own = {{"tenant", "acme"}};  // with headers of its own it is written another way
    Future<RawReply> alike = unary(loop->now() + left);
    turn();
    EXPECT_EQ(peer.last().header("grpc-timeout"), "20000000u");
    Future<RawReply> another = unary(loop->now() + left, {.metadata = own});
    turn();
    EXPECT_EQ(peer.last().header("grpc-timeout"), "20000000u");
  }
}

TEST_F(Deadlines, AreHeldAgainstWhenAnEndCameNotWhenItIsTold) {
  Future<RawReply> first = unary(1s), second = unary(1s);
  turn();
  for (const std::size_t i : {0u, 1u}) peer.stream(i).answer("pong");
  detail::when_ready(std::move(first), [&](Future<RawReply> reply) {
    EXPECT_TRUE(reply.take().status.ok());
    loop->be_busy(2s);  // whoever hears of the first one
  });
  turn();
  EXPECT_TRUE(status_of(second).ok());
}

TEST_F(Deadlines, AreHeldAgainstWhenAnErrorCameToo) {
  Future<RawReply> first = unary(1s), second = unary(1s), third = unary(1s);
  turn();
  peer.stream(0).trailers_only("5", "not found");
  peer.stream(1).answer("pong");
  peer.stream(2).trailers_only("5", "not found");
  detail::when_ready(std::move(first), [&](Future<RawReply> reply) {
    EXPECT_EQ(reply.take().status.code(), Code::not_found);
    loop->be_busy(2s);
  });
  turn();
  EXPECT_TRUE(status_of(second).ok());
  EXPECT_EQ(status_of(third).code(), Code::not_found);
}

TEST_F(Deadlines, AreCappedByTheMethod) {
  static constexpr Method kCapped{.path = "/test.Service/Capped", .max_timeout = 2s};
  Future<RawReply> future = channel()->unary({&kCapped, 1h}, bytes("ping"));
  turn();
  EXPECT_EQ(peer.last().header("grpc-timeout"), "2000000u");
  loop->advance(2s);
  expect_deadline(future, "sent");
}

TEST_F(Deadlines, TurnTheCancelledOfAPeerThatGaveUpIntoDeadlineExceeded) {
  // Both clocks strike at once, and the peer's word comes first.
  Future<RawReply> future = unary(1s);
  turn();
  peer.last().trailers_only("1");
  loop->advance_late(1s);
  EXPECT_EQ(status_of(future).code(), Code::deadline_exceeded);
}

TEST_F(Deadlines, CancelledBeforeTheDeadlineStaysCancelled) {
  Future<RawReply> future = unary(1s);
  turn();
  peer.last().trailers_only("1");
  turn();
  EXPECT_EQ(status_of(future).code(), Code::cancelled);
}

TEST_F(Deadlines, StreamsDeliverWhatCameBefore) {
  const auto call = stream(kServerStream, 1s);
  turn();
  peer.last().headers();
  peer.last().message("one");
  peer.last().message("two");
  loop->advance(1s);
  EXPECT_EQ(read(*call), "one");
  EXPECT_EQ(read(*call), "two");
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(finish(*call).status.code(), Code::deadline_exceeded);
}

TEST_F(Deadlines, OfAServedCallNarrowThoseOfItsCalls) {
  parent->when = loop->now() + 1s;
  Future<RawReply> future = unary(10s, {.parent = parent});
  turn();
  EXPECT_EQ(peer.last().header("grpc-timeout"), "950000u") << "5 % are left for the way back";
  loop->advance(950ms);
  expect_deadline(future, "sent");
}

TEST_F(Deadlines, MarginForTheWayBackCanBeChosen) {
  options.deadline_margin = 200ms;
  parent->when = loop->now() + 1s;
  Future<RawReply> future = unary(10s, {.parent = parent});
  turn();
  EXPECT_EQ(peer.last().header("grpc-timeout"), "800000u");
}

TEST_F(Deadlines, TooNearForACallInsideAServedCallSendNothing) {
  parent->when = loop->now() + 1500us;
  Future<RawReply> future = unary(10s, {.parent = parent});
  EXPECT_EQ(status_of(future).code(), Code::deadline_exceeded);
  EXPECT_EQ(peer.asked, 0);
}

class Parents : public Deadlines {};

TEST_F(Parents, TakeTheirCallsWithThemWithinOneTurn) {
  Future<RawReply> sent = unary(Deadline::never(), {.parent = parent});
  turn();
  parent->cancel();
  EXPECT_FALSE(sent.ready()) << "the parent may be in the middle of anything";
  loop->poll();
  EXPECT_EQ(status_of(sent).code(), Code::cancelled);
  turn();
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(Parents, TakeCallsThatWaitWithThem) {
  script->hold_dialing = true;
  Future<RawReply> waiting = unary(Deadline::never(), {.parent = parent});
  turn();
  parent->cancel();
  loop->poll();
  EXPECT_EQ(status_of(waiting).code(), Code::cancelled);
}

TEST_F(Parents, ThatAreCancelledStartNoCalls) {
  parent->is_cancelled = true;
  Future<RawReply> future = unary(Deadline::never(), {.parent = parent});
  EXPECT_EQ(status_of(future).code(), Code::cancelled);
  EXPECT_EQ(script->rounds, 0);
}

TEST_F(Parents, CancelledByTheirDeadlineEndTheirCallsWithDeadlineExceeded) {
  parent->when = loop->now() + 1s;
  Future<RawReply> future = unary(Deadline::never(), {.parent = parent});
  turn();
  parent->cancel();
  loop->advance_late(1s);
  EXPECT_EQ(status_of(future).code(), Code::deadline_exceeded);
}

TEST_F(Parents, ForgetCallsThatHaveEnded) {
  EXPECT_TRUE(
      answered([](PeerStream& call) { call.answer("pong"); }, {.parent = parent}).status.ok());
  EXPECT_TRUE(parent->tasks.empty());
  EXPECT_EQ(parent.use_count(), 1) << "nobody holds it any more";
}

// D2, D3: in a layer, too.
class WaitingInALayer : public Deadlines {
 protected:
  static constexpr Method kCapped{.path = "/test.Service/Capped", .max_timeout = 2s};

  WaitingInALayer() { options.layers = {bulkhead({.in_flight = 1, .queue = 10, .loop = loop})}; }
  // A call behind another one, which has the only place.
  Future<RawReply> behind(const Method& method, CallSettings settings = {}) {
    first_ = unary();
    Future<RawReply> second = channel()->unary({&method, 1h, std::move(settings)}, bytes("ping"));
    turn();
    return second;
  }
  void expect_end_after(Future<RawReply>& reply, std::chrono::nanoseconds time) {
    loop->advance(time - 1ms);
    EXPECT_FALSE(reply.ready());
    loop->advance(1ms);
    EXPECT_TRUE(reply.ready());
    EXPECT_EQ(peer.asked, 1);
  }

  Future<RawReply> first_;
};

TEST_F(WaitingInALayer, IsBoundedByTheMethodsMaxTimeout) {
  Future<RawReply> reply = behind(kCapped);
  expect_end_after(reply, 2s);
}

TEST_F(WaitingInALayer, IsBoundedByTheServiceConfig) {
  options.service_config = R"({"methodConfig": [{"name": [{}], "timeout": "3s"}]})";
  Future<RawReply> reply = behind(kUnary);
  expect_end_after(reply, 3s);
}

TEST_F(WaitingInALayer, LeavesTheServedCallTimeForItsAnswer) {
  parent->when = loop->now() + 1s;
  Future<RawReply> reply = behind(kUnary, {.parent = parent});
  expect_end_after(reply, 950ms);
}

TEST_F(WaitingInALayer, IsTakenFromWhatThePeerIsGiven) {
  Future<RawReply> reply = behind(kCapped);
  loop->advance(500ms);
  peer.last().answer("pong");
  turn();
  ASSERT_EQ(peer.asked, 2);
  EXPECT_EQ(peer.last().header("grpc-timeout"), "1500000u");
}

class IdleStreams : public ClientTest {
 protected:
  static constexpr Method kIdle{.path = "/test.Service/Idle",
                                .client_streams = true,
                                .server_streams = true,
                                .idle_timeout = 10s};
};

TEST_F(IdleStreams, EndWithDeadlineExceeded) {
  const auto call = stream(kIdle);
  turn();
  loop->advance(10s);
  EXPECT_EQ(read(*call), "(end)");
  EXPECT_EQ(finish(*call).status.code(), Code::deadline_exceeded);
  EXPECT_EQ(peer.last().reset_code(), kCancel);
}

TEST_F(IdleStreams, AreKeptByMessagesEitherWay) {
  const auto call = stream(kIdle);
  turn();
  loop->advance(9s);
  (void)call->write(bytes("up"));
  loop->advance(9s);
  peer.last().headers();
  peer.last().message("down");
  loop->advance(9s);
  EXPECT_FALSE(peer.last().closed());
  EXPECT_EQ(read(*call), "down");
  loop->advance(1s);
  EXPECT_TRUE(peer.last().closed());
}

}  // namespace
}  // namespace cpp_lite::client
