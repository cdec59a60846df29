// Who may say that nothing was executed, and who is believed (docs/rules.md, "Executed or not").
#include <stdexcept>

#include "server/served_calls.h"

namespace cpp_lite::server {
namespace {

Status promise() { return Status::not_executed(Code::unavailable, "not now"); }

class Executed : public ServedCalls {
 protected:
  void SetUp() override {
    service.unary = [this](detail::ServedCall&) {
      ++runs;
      return Future<Status>(ended_with);
    };
  }
  // What a client sees when the layers are these.
  std::shared_ptr<Answer> with(std::vector<ServerLayer> layers, Headers more = {}) {
    config.layers = std::move(layers);
    connect();
    return call("/test.Bytes/Unary", "hi", std::move(more));
  }
  static Future<Status> pass(ServerContext&, const Method&, Next next) {
    co_return co_await next();
  }
  static Future<Status> refuse(ServerContext&, const Method&, Next) { co_return promise(); }

  Status ended_with = promise();  // the handler
};

TEST_F(Executed, AHandlersPromiseReachesTheClient) {
  auto answer = with({});
  EXPECT_EQ(answer->status(), "14");
  EXPECT_TRUE(answer->trailers_only());
  EXPECT_TRUE(answer->not_executed());
}

TEST_F(Executed, AnOrdinaryErrorPromisesNothing) {
  ended_with = Status(Code::unavailable, "perhaps");
  EXPECT_FALSE(with({})->not_executed());
}

TEST_F(Executed, AHandlersPromisePassesThroughLayers) {
  EXPECT_TRUE(with({pass, pass})->not_executed());
}

TEST_F(Executed, APromiseThatComesLaterPassesThroughLayers) {
  service.unary = [this](detail::ServedCall&) -> Future<Status> {
    gate.emplace(loop);
    co_await gate->future();
    co_return promise();
  };
  auto answer = with({pass});
  EXPECT_FALSE(answer->ended);
  gate->set();
  turn();
  EXPECT_TRUE(answer->not_executed());
}

TEST_F(Executed, ALayerThatLetNothingPassIsBelieved) {
  EXPECT_TRUE(with({refuse})->not_executed());
  EXPECT_EQ(runs, 0);
}

TEST_F(Executed, ALayerThatForwardedTheCallIsNotBelieved) {
  ended_with = Status(Code::internal, "half done");
  auto answer = with({[](ServerContext&, const Method&, Next next) -> Future<Status> {
    (void)co_await next();
    co_return promise();
  }});
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
  EXPECT_EQ(runs, 1);
}

TEST_F(Executed, ALayerThatForwardedAndDidNotListenIsNotBelieved) {
  ended_with = Status();
  auto answer = with({[](ServerContext&, const Method&, Next next) -> Future<Status> {
    { Future<Status> ignored = next(); }
    co_return promise();
  }});
  EXPECT_FALSE(answer->not_executed());
  EXPECT_EQ(runs, 1);
}

TEST_F(Executed, ALayerCannotSaySoAfterTheHandlersSuccess) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    call.respond(outgoing("charged"));
    return Status();
  };
  auto answer = with({[](ServerContext&, const Method&, Next next) -> Future<Status> {
    (void)co_await next();
    co_return promise();
  }});
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, ALayerMayTakeTheHandlersPromiseBack) {
  auto answer = with({[](ServerContext&, const Method&, Next next) -> Future<Status> {
    (void)co_await next();
    co_return Status(Code::unavailable, "perhaps");
  }});
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, AnInnerLayersRefusalIsBelievedBehindAnOuterOne) {
  EXPECT_TRUE(with({pass, refuse})->not_executed());
  EXPECT_EQ(runs, 0);
}

TEST_F(Executed, AHandlerThatThrowsPromisesNothing) {
  service.unary = [](detail::ServedCall&) -> Future<Status> { throw std::runtime_error("x"); };
  EXPECT_EQ(with({pass})->status(), "2");
  service.unary = [](detail::ServedCall&) -> Future<Status> {
    throw std::runtime_error("x");
    co_return Status();
  };
  auto answer = call("/test.Bytes/Unary");
  EXPECT_EQ(answer->status(), "2");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, WhatADownstreamServerDeclaredIsItsOwnAffair) {
  ended_with = promise().set_origin(Origin::peer);
  auto answer = with({});
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, WhatADownstreamCallProvedIsItsOwnAffair) {
  ended_with = promise().set_phase("connecting");
  EXPECT_FALSE(with({})->not_executed());
  ended_with = promise().set_attempts({Attempt{.outcome = Outcome::not_sent}});
  EXPECT_FALSE(call("/test.Bytes/Unary")->not_executed());
}

TEST_F(Executed, NothingIsProvenBehindAMeshsSecondAttempt) {
  auto answer = with({refuse}, {{"x-envoy-attempt-count", "2"}});
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, NothingIsProvenOnceHeadersAreOut) {
  service.unary = [](detail::ServedCall& call) -> Future<Status> {
    co_await call.context().send_headers();
    co_return promise();
  };
  auto answer = with({});
  EXPECT_EQ(answer->trailer("grpc-status"), "14");
  EXPECT_FALSE(answer->trailers_only());
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, NothingIsProvenOnceAMessageIsOut) {
  service.spread = [](detail::ServedCall& call) -> Future<Status> {
    co_await call.write(outgoing("one"));
    co_return promise();
  };
  connect();
  auto answer = call("/test.Bytes/Spread");
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(Executed, MetadataCannotSaySo) {
  ended_with = Status(Code::unavailable, "perhaps");
  auto answer = with({[](ServerContext& context, const Method&, Next next) -> Future<Status> {
    EXPECT_FALSE(context.set_header("cpp-lite-not-executed", "1"));
    EXPECT_FALSE(context.set_trailer("CPP-Lite-Not-Executed", "1"));
    EXPECT_FALSE(context.set_trailer("cpp-lite-store", "mine"));
    EXPECT_FALSE(context.set_trailer("grpc-retry-pushback-ms", "1"));
    co_return co_await next();
  }});
  EXPECT_FALSE(answer->not_executed());
  EXPECT_EQ(answer->trailer("cpp-lite-store"), "");
  EXPECT_EQ(answer->pushback(), "");
}

TEST_F(Executed, AHandlerSaysWhenToComeBack) {
  ended_with = Status(Code::unavailable, "busy").set_pushback(250ms);
  EXPECT_EQ(with({pass})->pushback(), "250");
}

TEST_F(Executed, ADownstreamsPauseIsNotOursButItsRefusalOfRepetitionsIs) {
  ended_with = Status(Code::unavailable, "").set_pushback(250ms).set_origin(Origin::peer);
  EXPECT_EQ(with({})->pushback(), "");
  ended_with.set_pushback(-1ms);
  EXPECT_EQ(call("/test.Bytes/Unary")->pushback(), "-1");
}

TEST_F(Executed, AHandlersPauseIsHeardThoughItsTrailersAreTooLarge) {
  ended_with = Status(Code::resource_exhausted, "later").set_pushback(-1ms);
  auto answer = with({[](ServerContext& context, const Method&, Next next) -> Future<Status> {
    context.set_trailer("big", std::string(60000, 'x'));
    co_return co_await next();
  }});
  EXPECT_EQ(answer->status(), "8");
  EXPECT_EQ(answer->trailer("big"), "");
  EXPECT_EQ(answer->pushback(), "-1");
}

TEST_F(Executed, ARequestThatIsHalfThereAtTheEndOfADrainWasNotExecuted) {
  connect();
  auto half = open(request("/test.Bytes/Unary"));
  EXPECT_EQ(shard->counters.running, 1u);
  shard->drain(loop->now() + 10s, nullptr);
  loop->advance(10s);
  EXPECT_EQ(half->status(), "14");
  EXPECT_TRUE(half->not_executed());
  EXPECT_EQ(shard->counters.refused_by_drain, 1u);
  EXPECT_EQ(shard->counters.running, 0u);
  EXPECT_EQ(runs, 0);
}

TEST_F(Executed, ARequestThatNeverCameWholeIsCountedAsFailed) {
  connect();
  (void)open(request("/test.Bytes/Unary", {{"grpc-timeout", "1S"}}));
  loop->advance(1s);
  (void)open(request("/test.Bytes/Unary"));
  client->reset(id, 8);
  turn();
  EXPECT_EQ(shard->counters.started, 2u);
  EXPECT_EQ(shard->counters.failed, 2u);
  EXPECT_EQ(shard->counters.running, 0u);
}

}  // namespace
}  // namespace cpp_lite::server
