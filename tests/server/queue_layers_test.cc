// Layers of services on RunOn::threads: before the queue, and on the loop (docs/rules.md, "Executed
// or not").
#include <cpp_lite/layers.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/queued.h"

namespace cpp_lite::server {
namespace {

class QueueLayers : public Queued {
 protected:
  void with(ServerLayer layer) {
    config.layers.push_back(std::move(layer));
    connect();
  }
  static Future<Status> pass(ServerContext&, const Method&, Next next) {
    co_return co_await next();
  }
  static Headers token() { return {{"authorization", "Bearer x"}}; }
};

TEST_F(QueueLayers, RefuseStrangersWhoFindAllThreadsBusy) {
  with(require_bearer_token([](std::string_view) { return true; }));
  auto first = occupy(token());
  EXPECT_EQ(wait_in_line()->status(), "16");
  EXPECT_EQ(wait_in_line()->status(), "16");
  auto second = wait_in_line(token()), third = wait_in_line(token());
  EXPECT_EQ(wait_in_line()->status(), "16") << "though the queue is full";
  let_go();
  EXPECT_EQ(second->status(), "0") << "no stranger had a place in the queue";
  EXPECT_EQ(third->status(), "0");
}

TEST_F(QueueLayers, LimitTheRateBeforeTheQueue) {
  with(rate_limit({.per_second = 1, .burst = 2, .clock = &loop->clock()}));
  auto first = occupy();
  auto second = wait_in_line();
  auto refused = wait_in_line();
  EXPECT_EQ(refused->status(), "8");
  EXPECT_TRUE(refused->not_executed());
  EXPECT_EQ(refused->pushback(), "1000");
  loop->advance(1s);
  auto third = wait_in_line();
  let_go();
  EXPECT_EQ(second->status(), "0");
  EXPECT_EQ(third->status(), "0");
  EXPECT_EQ(runs, 3);
}

TEST_F(QueueLayers, RunOnTheLoopAroundAHandlerThatDoesNot) {
  std::vector<bool> layer_on_loop;
  bool handler_on_loop = true;
  service.unary = [&](detail::ServedCall& call) -> Future<Status> {
    handler_on_loop = loop->is_current();
    call.respond(outgoing("done"));
    return Status();
  };
  with([&](ServerContext& context, const Method&, Next next) -> Future<Status> {
    layer_on_loop.push_back(loop->is_current());
    Status status = co_await next();
    layer_on_loop.push_back(loop->is_current());
    EXPECT_EQ(text(context.response_bytes()), "done");
    co_return status;
  });
  auto answer = wait_in_line();
  let_go();
  EXPECT_EQ(answer->status(), "0");
  EXPECT_EQ(layer_on_loop, (std::vector{true, true}));
  EXPECT_FALSE(handler_on_loop);
}

TEST_F(QueueLayers, DoNotDisproveWhatTheQueueKnows) {
  with(pass);
  auto first = occupy();
  auto late = wait_in_line({{"grpc-timeout", "1S"}});
  auto second = wait_in_line();
  auto refused = wait_in_line();
  EXPECT_EQ(refused->status(), "14");
  EXPECT_TRUE(refused->not_executed());
  EXPECT_EQ(refused->pushback(), "550");
  loop->advance(1s);
  EXPECT_EQ(late->status(), "4");
  EXPECT_TRUE(late->not_executed());
  EXPECT_EQ(shard->counters.expired_in_queue, 1u);
  shard->drain(loop->now() + 10s, nullptr);
  loop->advance(10s);
  EXPECT_TRUE(second->not_executed());
  EXPECT_FALSE(first->not_executed());
  let_go();
  EXPECT_EQ(runs, 1);
}

TEST_F(QueueLayers, ProveNothingOfACallThatAHandlerHad) {
  with([](ServerContext&, const Method&, Next next) -> Future<Status> {
    (void)co_await next();
    co_return Status::not_executed(Code::unavailable, "so I say");
  });
  auto answer = occupy();
  let_go();
  EXPECT_EQ(answer->status(), "14");
  EXPECT_FALSE(answer->not_executed());
}

TEST_F(QueueLayers, PassOnWhatAHandlerThrew) {
  service.unary = [](detail::ServedCall&) -> Future<Status> { throw std::runtime_error("secret"); };
  std::string caught;
  with([&](ServerContext&, const Method&, Next next) -> Future<Status> {
    try {
      co_return co_await next();
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
    co_return Status(Code::internal, "sorry");
  });
  auto answer = wait_in_line();
  let_go();
  EXPECT_EQ(answer->status(), "13");
  EXPECT_EQ(caught, "secret");
}

TEST_F(QueueLayers, MayGiveUpAHandlerThatWaitsAndItNeverRuns) {
  with([](ServerContext& context, const Method&, Next next) -> Future<Status> {
    Future<Status> pending = next();
    if (context.metadata().get("authorization")) co_return co_await std::move(pending);
    co_return Status(Code::aborted, "not that long");
  });
  auto first = occupy(token());
  auto second = wait_in_line();
  EXPECT_EQ(second->status(), "10");
  let_go();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(shard->counters.running, 0u);
}

TEST_F(QueueLayers, MayGiveUpAHandlerThatRunsAndTheCallEndsWithIt) {
  std::optional<detail::Promise<void>> patience;
  with([&](ServerContext& context, const Method&, Next next) -> Future<Status> {
    context.set_trailer("x-layer", "1");
    Future<Status> pending = next();
    co_await patience.emplace(loop).future();
    co_return Status(Code::aborted, "not that long");
  });
  auto answer = occupy();
  patience->set();
  turn();
  EXPECT_EQ(answer->status(), "10");
  EXPECT_EQ(answer->trailer("x-layer"), "") << "the handler may be at work on the metadata";
  EXPECT_EQ(shard->counters.running, 1u);
  let_go();
  EXPECT_EQ(shard->counters.running, 0u);
}

TEST_F(QueueLayers, ThatOutlastTheirCallDoNotQueueIt) {
  std::optional<detail::Promise<void>> checked;
  with([&](ServerContext&, const Method&, Next next) -> Future<Status> {
    co_await checked.emplace(loop).future();
    co_return co_await next();
  });
  auto gone = wait_in_line({{"grpc-timeout", "1S"}});
  loop->advance(1s);
  EXPECT_EQ(gone->status(), "4");
  EXPECT_FALSE(gone->not_executed()) << "who knows what the layer did";
  checked->set();
  turn();
  let_go();
  EXPECT_EQ(runs, 0);
  EXPECT_EQ(shard->counters.running, 0u);
}

}  // namespace
}  // namespace cpp_lite::server
