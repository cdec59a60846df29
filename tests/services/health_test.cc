// grpc.health.v1.Health as its clients see it.
#include <cpp_lite/async.h>
#include <cpp_lite/health.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "echo.lite.h"
#include "grpc/health/v1/health.lite.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;
namespace health_v1 = ::grpc::health::v1;
using Answer = health_v1::HealthCheckResponse;

constexpr const char* kEcho = "e2e.Echo";

class Listener final : public e2e::Echo::Handler {
 public:
  Future<Status> Chat(ServerContext&, Reader<e2e::Blob>& in, Writer<e2e::Blob>&) override {
    while (const std::optional<e2e::Blob> blob = co_await in.read()) last_ = *blob;
    co_return Status();
  }

 private:
  e2e::Blob last_;
};

// A server in memory whose loop the test turns.
class HealthTest : public ::testing::Test {
 protected:
  explicit HealthTest(HealthOptions options = {}) : health(options) {
    server->add(echo).add(health);
  }
  void TearDown() override {
    channel.reset();
    end();
  }
  void end() { server.reset(); }

  void turn() {
    while (server->loop()->poll() > 0) {
    }
  }
  template <typename T>
  T get(Future<T> future) {
    turn();
    EXPECT_TRUE(future.ready());
    return future.take();
  }

  static health_v1::HealthCheckRequest about(const std::string& service) {
    health_v1::HealthCheckRequest request;
    request.set_service(service);
    return request;
  }
  health_v1::Health::Client client() { return health_v1::Health::Client(channel); }
  Reply<Answer> check(const std::string& service) {
    return get(client().Check(about(service), Deadline::never()));
  }
  auto watch(const std::string& service) {
    return client().Watch(about(service), Deadline::never());
  }
  // The next thing that a watcher hears; nothing: its stream has ended.
  std::optional<Answer::ServingStatus> heard(ReadStream<Answer>& stream) {
    std::optional<Answer> answer = get(stream.read());
    if (!answer) return std::nullopt;
    return answer->status();
  }

  testing::ManualClock clock;
  Listener echo;
  Health health;
  std::optional<Server> server{std::in_place,
                               ServerOptions{.clock = &clock, .manual_loops = true, .log = {}}};
  std::shared_ptr<Channel> channel = testing::in_process(*server, {.retries = false});
};

TEST_F(HealthTest, ServesEachServiceOfTheServerAndTheServerItself) {
  for (const char* service : {"", kEcho, "grpc.health.v1.Health"}) {
    const Reply<Answer> reply = check(service);
    ASSERT_TRUE(reply.ok()) << reply.status().to_string();
    EXPECT_EQ(reply->status(), Answer::SERVING) << service;
  }
}

TEST_F(HealthTest, DoesNotFindAServiceThatNobodyKnows) {
  EXPECT_EQ(check("e2e.Nobody").status().code(), Code::not_found);
}

TEST_F(HealthTest, SaysOfOneServiceWhatItWasTold) {
  health.set(kEcho, ServingStatus::not_serving);
  EXPECT_EQ(check(kEcho)->status(), Answer::NOT_SERVING);
  EXPECT_EQ(check("")->status(), Answer::SERVING);
  health.set(kEcho, ServingStatus::unknown);
  EXPECT_EQ(check(kEcho)->status(), Answer::UNKNOWN);
  health.set(kEcho, ServingStatus::serving);
  EXPECT_EQ(check(kEcho)->status(), Answer::SERVING);
}

TEST_F(HealthTest, KnowsANameThatIsNoService) {
  health.set("database", ServingStatus::not_serving);
  EXPECT_EQ(check("database")->status(), Answer::NOT_SERVING);
}

TEST_F(HealthTest, ListsWhatItKnows) {
  health.set("database", ServingStatus::not_serving);
  const Reply<health_v1::HealthListResponse> reply =
      get(client().List(health_v1::HealthListRequest(), Deadline::never()));
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  std::map<std::string, Answer::ServingStatus> listed;
  for (const auto& [service, answer] : reply->statuses()) listed[service] = answer.status();
  const std::map<std::string, Answer::ServingStatus> expected = {
      {"", Answer::SERVING},
      {"database", Answer::NOT_SERVING},
      {kEcho, Answer::SERVING},
      {"grpc.health.v1.Health", Answer::SERVING}};
  EXPECT_EQ(listed, expected);
}

TEST_F(HealthTest, TellsWatchersTheStatusAndItsChangesAlone) {
  auto stream = watch(kEcho);
  EXPECT_EQ(heard(stream), Answer::SERVING);
  Future<std::optional<Answer>> next = stream.read();
  health.set("", ServingStatus::not_serving);
  health.set(kEcho, ServingStatus::serving);
  turn();
  EXPECT_FALSE(next.ready());
  health.set(kEcho, ServingStatus::not_serving);
  EXPECT_EQ(get(std::move(next))->status(), Answer::NOT_SERVING);
}

TEST_F(HealthTest, TellsAWatcherOfAnUnknownServiceWhenItAppears) {
  auto stream = watch("later");
  EXPECT_EQ(heard(stream), Answer::SERVICE_UNKNOWN);
  health.set("later", ServingStatus::serving);
  EXPECT_EQ(heard(stream), Answer::SERVING);
}

TEST_F(HealthTest, TellsASlowWatcherHowItIsNowAndNotHowItWas) {
  auto stream = watch(kEcho);
  turn();
  for (int i = 0; i < 100; ++i) {
    health.set(kEcho, ServingStatus::not_serving);
    health.set(kEcho, ServingStatus::serving);
  }
  health.set(kEcho, ServingStatus::not_serving);
  EXPECT_EQ(heard(stream), Answer::SERVING);
  EXPECT_EQ(heard(stream), Answer::NOT_SERVING);
}

TEST_F(HealthTest, ServesNothingOnceTheServerDrainsWhichWatchersHearBeforeTheirStreamsEnd) {
  auto echoes = watch(kEcho), whole = watch(""), nobody = watch("e2e.Nobody");
  EXPECT_EQ(heard(echoes), Answer::SERVING);
  EXPECT_EQ(heard(whole), Answer::SERVING);
  EXPECT_EQ(heard(nobody), Answer::SERVICE_UNKNOWN);
  server->shutdown(1h);
  health.set(kEcho, ServingStatus::serving);  // too late
  EXPECT_EQ(heard(echoes), Answer::NOT_SERVING);
  EXPECT_EQ(heard(whole), Answer::NOT_SERVING);
  for (auto* stream : {&echoes, &whole, &nobody}) {
    EXPECT_EQ(heard(*stream), std::nullopt);
    EXPECT_TRUE(get(stream->finish()).ok());
  }
  EXPECT_EQ(server->stats().calls_open, 0u);
}

TEST_F(HealthTest, AnswersNotServingWhileACallHoldsUpTheDrain) {
  e2e::Echo::Client calls(channel);
  auto chat = calls.Chat(Deadline::never());
  turn();
  Future<Reply<Answer>> asked = client().Check(about(""), Deadline::never());
  server->shutdown(1h);  // before the server has read that
  const Reply<Answer> reply = get(std::move(asked));
  ASSERT_TRUE(reply.ok()) << reply.status().to_string();
  EXPECT_EQ(reply->status(), Answer::NOT_SERVING);
}

TEST_F(HealthTest, RefusesToWatchANameThatNoServiceHas) {
  auto stream = watch(std::string(2000, 'x'));
  EXPECT_EQ(heard(stream), std::nullopt);
  EXPECT_EQ(get(stream.finish()).code(), Code::invalid_argument);
}

TEST_F(HealthTest, OutlivesItsServer) {
  end();
  health.set(kEcho, ServingStatus::serving);
}

TEST(HealthThreads, EachWatcherHearsTheEndWhoeverSpeaksMeanwhile) {
  Health spoken;
  Listener echo;
  Server server({.loops = 2, .log = {}});
  server.add(echo).add(spoken);
  ASSERT_TRUE(server.listen("127.0.0.1:0").ok());
  health_v1::HealthCheckRequest request;
  request.set_service(kEcho);
  std::vector<ReadStream<Answer>> streams;
  for (int i = 0; i < 8; ++i) {
    health_v1::Health::Client client(connect("127.0.0.1:" + std::to_string(server.port())));
    streams.push_back(client.Watch(request, 2min));
    EXPECT_EQ(streams.back().read().get()->status(), Answer::SERVING);
  }
  std::thread speaker([&] {
    for (int i = 0; i < 1000; ++i) {
      spoken.set(kEcho, i % 2 == 0 ? ServingStatus::not_serving : ServingStatus::serving);
    }
  });
  server.shutdown(2min);
  for (ReadStream<Answer>& stream : streams) {
    auto last = Answer::SERVING;
    while (const std::optional<Answer> answer = stream.read().get()) last = answer->status();
    EXPECT_EQ(last, Answer::NOT_SERVING);
    EXPECT_TRUE(stream.finish().get().ok());
  }
  speaker.join();
}

class FewWatchers : public HealthTest {
 protected:
  FewWatchers() : HealthTest({.max_watchers = 2}) {}
};

TEST_F(FewWatchers, AreServedAndOneMoreIsRefusedUntilOneLeaves) {
  std::optional<ReadStream<Answer>> first(watch(kEcho));
  auto second = watch("");
  EXPECT_EQ(heard(*first), Answer::SERVING);
  EXPECT_EQ(heard(second), Answer::SERVING);
  auto third = watch(kEcho);
  EXPECT_EQ(heard(third), std::nullopt);
  EXPECT_EQ(get(third.finish()).code(), Code::resource_exhausted);
  first.reset();
  turn();
  auto fourth = watch(kEcho);
  EXPECT_EQ(heard(fourth), Answer::SERVING);
}

}  // namespace
}  // namespace cpp_lite
