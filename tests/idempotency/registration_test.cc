// A server refuses keyed methods that its store cannot serve, and says what to do.
#include <cpp_lite/server.h>

#include "idempotency/keyed_calls.h"
#include "server/impl.h"

namespace cpp_lite::idempotency {
namespace {

class Registration : public ::testing::Test {
 protected:
  Status listen(RunOn run_on = RunOn::loop) {
    options.manual_loops = true;
    options.log = nullptr;
    service.charge = [](detail::ServedCall&) -> Future<Status> { return Status(); };
    Server server(options);
    server.add(service, run_on);
    return server.listen("127.0.0.1:0");
  }
  // That listen() fails, and with these words.
  void expect_refusal(const std::string& words, RunOn run_on = RunOn::loop) {
    const Status status = listen(run_on);
    EXPECT_EQ(status.code(), Code::failed_precondition);
    EXPECT_NE(status.message().find("/test.Keyed/Charge is keyed"), std::string::npos);
    EXPECT_NE(status.message().find(words), std::string::npos) << status.message();
  }

  std::shared_ptr<support::FakeLoop> loop = support::FakeLoop::create();
  std::shared_ptr<ScriptedStore> store = std::make_shared<ScriptedStore>(loop);
  KeyedService service;
  ServerOptions options{.idempotency = store, .anonymous_scope = "test"};
};

TEST_F(Registration, AcceptsAStoreThatPromisesEnough) { EXPECT_TRUE(listen().ok()); }

TEST_F(Registration, RefusesKeyedMethodsWithoutAStore) {
  options.idempotency = nullptr;
  expect_refusal("ServerOptions::ignore_keys");
}

TEST_F(Registration, ServesThemWithoutAStoreWhereThatIsAskedFor) {
  options.idempotency = nullptr;
  options.ignore_keys = true;
  EXPECT_TRUE(listen().ok());
}

TEST_F(Registration, RefusesAStoreThatForgets) {
  store->can.durable = false;
  expect_refusal("allow_volatile_store");
  options.keyed.allow_volatile_store = true;
  EXPECT_TRUE(listen().ok());
}

TEST_F(Registration, RefusesTransactionsOnAStoreWithoutThem) {
  service.policy.effects = Effects::transactional;
  store->can.transactional = false;
  expect_refusal("allow_untransactional_store", RunOn::threads);
  options.keyed.allow_untransactional_store = true;
  EXPECT_TRUE(listen(RunOn::threads).ok());
}

TEST_F(Registration, RefusesTransactionsOnALoop) {
  service.policy.effects = Effects::transactional;
  expect_refusal("RunOn::threads");
  EXPECT_TRUE(listen(RunOn::threads).ok());
}

TEST_F(Registration, RefusesAStoreOfOneProcessForSeveral) {
  store->can.multi_process = store->can.multi_host = false;
  options.keyed.replicas = Replicas::one_host;
  expect_refusal("several share it");
}

TEST_F(Registration, RefusesAStoreOfOneHostForSeveral) {
  store->can.multi_host = false;
  options.keyed.replicas = Replicas::one_host;
  EXPECT_TRUE(listen().ok());
  options.keyed.replicas = Replicas::several_hosts;
  expect_refusal("postgres_store()");
}

TEST_F(Registration, ASignalLeavesAsMuchTimeAsTheLongestExecutionMayTake) {
  options.manual_loops = true;
  options.log = nullptr;
  service.charge = [](detail::ServedCall&) -> Future<Status> { return Status(); };
  service.policy.max_execution = 120s;
  Server server(options);
  server.add(service);
  EXPECT_EQ(server.impl()->patience(), 30s);
  ASSERT_TRUE(server.listen("127.0.0.1:0").ok());
  EXPECT_EQ(server.impl()->patience(), 125s);
}

TEST_F(Registration, RefusesWhereNothingTellsWhoseKeysTheyAre) {
  options.anonymous_scope = "";
  expect_refusal("ServerOptions::principal");
  service.policy.shared_scope = true;
  EXPECT_TRUE(listen().ok());
  service.policy.shared_scope = false;
  options.principal = [](const ServerContext&) { return Principal{"issuer", "subject"}; };
  EXPECT_TRUE(listen().ok());
}

}  // namespace
}  // namespace cpp_lite::idempotency
