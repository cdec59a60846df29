// The payments service, called inside this process.
#include <cpp_lite/async.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "memory_ledger.h"
#include "rules.h"
#include "service.h"

namespace payments {
namespace {

using namespace std::chrono_literals;
using cpp_lite::Code;

v1::ChargeRequest charge_of(std::int64_t cents, const std::string& customer = "ada") {
  v1::ChargeRequest request;
  request.set_customer_id(customer);
  request.set_amount_cents(cents);
  request.set_currency("EUR");
  request.set_idempotency_key("key-" + std::to_string(cents));
  return request;
}

class PaymentsTest : public testing::Test {
 protected:
  PaymentsTest() { server_.add(service_); }

  void charge(std::int64_t cents, const std::string& customer = "ada") {
    ASSERT_TRUE(client_.ChargeCard(charge_of(cents, customer), 1min).get().ok());
  }
  auto follow(std::int64_t since = 0, cpp_lite::Deadline deadline = 1min) {
    v1::TransactionStreamRequest request;
    request.set_customer_id("ada");
    request.set_since_unix(since);
    return client_.StreamTransactions(request, deadline);
  }
  static std::int64_t next_amount(cpp_lite::ReadStream<v1::Transaction>& stream) {
    std::optional<v1::Transaction> transaction = stream.read().get();
    return transaction ? transaction->amount_cents() : -1;
  }

  std::int64_t today_ = 1000;
  int refusals_ = 0;
  cpp_lite::testing::ManualClock clock_;
  MemoryLedger ledger_{[this] { return today_; }};
  Payments service_{ledger_};
  cpp_lite::Server server_{
      {.clock = &clock_,
       .idempotency = cpp_lite::memory_store(),
       .anonymous_scope = "test",
       .keyed = {.allow_volatile_store = true, .allow_untransactional_store = true}}};
  v1::PaymentService::Client client_{cpp_lite::testing::in_process(server_)};
};

TEST_F(PaymentsTest, AChargeNamesItsTransaction) {
  auto reply = client_.ChargeCard(charge_of(5), 1min).get();
  ASSERT_TRUE(reply) << reply.status().to_string();
  EXPECT_EQ(reply->transaction_id(), "tx-1");
  EXPECT_EQ(reply->status(), v1::CHARGE_STATUS_SUCCESS);
  EXPECT_EQ(reply->processed_at_unix(), 1000);
  EXPECT_FALSE(reply->processor_reference().empty());
}

TEST_F(PaymentsTest, ARefusalNamesTheField) {
  const auto refused = [&](const char* field, auto spoil) {
    v1::ChargeRequest request = charge_of(5);
    request.set_idempotency_key("refused-" + std::to_string(++refusals_));
    spoil(request);
    const auto status = client_.ChargeCard(request, 1min).get().status();
    EXPECT_EQ(status.code(), Code::invalid_argument);
    EXPECT_NE(status.message().find(field), std::string::npos) << status.message();
  };
  refused("amount_cents", [](auto& request) { request.set_amount_cents(0); });
  refused("amount_cents", [](auto& request) { request.set_amount_cents(-1); });
  refused("currency", [](auto& request) { request.set_currency("eur"); });
  refused("currency", [](auto& request) { request.set_currency("EURO"); });
  refused("currency", [](auto& request) { request.set_currency(""); });
  refused("customer_id", [](auto& request) { request.clear_customer_id(); });
}

TEST_F(PaymentsTest, AChargeWithoutAKeyGetsOne) {
  v1::ChargeRequest request = charge_of(5);
  request.clear_idempotency_key();
  const auto reply = client_.ChargeCard(request, 1min).get();
  ASSERT_TRUE(reply) << reply.status().to_string();
  EXPECT_EQ(reply.idempotency_key().size(), 36U);
}

TEST_F(PaymentsTest, ARefusedChargeIsNotRecorded) {
  EXPECT_FALSE(client_.ChargeCard(charge_of(0), 1min).get());
  charge(5);
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 5);
}

TEST_F(PaymentsTest, AStreamBeginsWithWhatIsRecordedAndGoesOnWithWhatComes) {
  charge(1);
  charge(2);
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 1);
  EXPECT_EQ(next_amount(stream), 2);
  auto pending = stream.read();
  charge(3);
  EXPECT_EQ(pending.get()->amount_cents(), 3);
}

TEST_F(PaymentsTest, AStreamSinceATimeLeavesEarlierTransactionsOut) {
  charge(1);
  today_ = 2000;
  charge(2);
  auto stream = follow(2000);
  EXPECT_EQ(next_amount(stream), 2);
}

TEST_F(PaymentsTest, AStreamShowsOneCustomerOnly) {
  charge(1, "bob");
  charge(2, "ada");
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 2);
  charge(3, "bob");
  charge(4, "ada");
  EXPECT_EQ(next_amount(stream), 4);
}

TEST_F(PaymentsTest, ALateReaderMissesNothing) {
  for (int i = 1; i <= 250; ++i) charge(i);
  auto stream = follow();
  for (int i = 1; i <= 250; ++i) ASSERT_EQ(next_amount(stream), i);
}

TEST_F(PaymentsTest, TwoMayFollowOneCustomer) {
  auto first = follow(), second = follow();
  charge(1);
  EXPECT_EQ(next_amount(first), 1);
  EXPECT_EQ(next_amount(second), 1);
}

TEST_F(PaymentsTest, AStreamEndsWithItsDeadline) {
  charge(1);
  auto stream = follow(0, 30s);
  EXPECT_EQ(next_amount(stream), 1);
  clock_.advance(30s);
  EXPECT_FALSE(stream.read().get());
  EXPECT_EQ(stream.finish().get().code(), Code::deadline_exceeded);
}

TEST_F(PaymentsTest, ACancelledStreamEndsItsHandler) {
  charge(1);
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 1);
  stream.cancel();
  EXPECT_EQ(stream.finish().get().code(), Code::cancelled);
  server_.shutdown(24h);  // would wait a day of a clock that stands still for a handler that waits
  server_.run();
}

TEST_F(PaymentsTest, AStreamOfNobodyIsRefused) {
  auto stream = client_.StreamTransactions(v1::TransactionStreamRequest(), 1min);
  EXPECT_EQ(stream.finish().get().code(), Code::invalid_argument);
}

TEST_F(PaymentsTest, ABatchCountsAndNamesWhatFailed) {
  auto batch = client_.BatchCharge(1min);
  for (const int cents : {1, -2, 3, 0}) EXPECT_TRUE(batch.write(charge_of(cents)).get());
  auto sum = batch.finish().get();
  ASSERT_TRUE(sum) << sum.status().to_string();
  EXPECT_EQ(sum->total(), 4);
  EXPECT_EQ(sum->succeeded(), 2);
  EXPECT_EQ(sum->failed(), 2);
  ASSERT_EQ(sum->failed_idempotency_keys_size(), 2);
  EXPECT_EQ(sum->failed_idempotency_keys(0), "key--2");
  EXPECT_EQ(sum->failed_idempotency_keys(1), "key-0");
}

TEST_F(PaymentsTest, AnEmptyBatchIsNoError) {
  auto sum = client_.BatchCharge(1min).finish().get();
  ASSERT_TRUE(sum) << sum.status().to_string();
  EXPECT_EQ(sum->total(), 0);
}

TEST_F(PaymentsTest, AChatAnswersEachMessageAtOnce) {
  auto chat = client_.PaymentChat(1min);
  for (const char* text : {"one", "", "three"}) {
    v1::PaymentMessage message;
    message.set_text(text);
    EXPECT_TRUE(chat.write(message).get());
    auto answer = chat.read().get();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->text(), "You said: " + std::string(text));
  }
  EXPECT_TRUE(chat.close_writes().get());
  EXPECT_FALSE(chat.read().get());
  EXPECT_TRUE(chat.finish().get().ok());
}

TEST_F(PaymentsTest, AChargeThatIsRepeatedTakesEffectOnce) {
  const auto first = client_.ChargeCard(charge_of(5), 1min).get();
  const auto again = client_.ChargeCard(charge_of(5), 1min).get();
  ASSERT_TRUE(again) << again.status().to_string();
  EXPECT_EQ(again->transaction_id(), first->transaction_id());
  EXPECT_EQ(again.headers().get("idempotent-replayed").value_or(""), "true");
  charge(6);
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 5);
  EXPECT_EQ(next_amount(stream), 6);
}

TEST_F(PaymentsTest, AChargeInABatchIsTheChargeThatWasMadeBefore) {
  charge(5);
  auto batch = client_.BatchCharge(1min);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(batch.write(charge_of(5)).get());
  EXPECT_EQ(batch.finish().get()->succeeded(), 2);
  charge(6);
  auto stream = follow();
  EXPECT_EQ(next_amount(stream), 5);
  EXPECT_EQ(next_amount(stream), 6);
}

TEST_F(PaymentsTest, AKeyIsForOneChargeOnly) {
  charge(5);
  auto other = charge_of(5);
  other.set_amount_cents(500);
  EXPECT_EQ(client_.ChargeCard(other, 1min).get().status().code(), Code::invalid_argument);
}

TEST(Ledger, HandsOutPagesAndThenAChange) {
  MemoryLedger ledger([] { return 7; });
  const auto record = [&](std::int64_t cents) {
    EXPECT_TRUE(ledger.record(charge_of(cents), cpp_lite::unkeyed_execution()));
  };
  for (int i = 1; i <= 150; ++i) record(i);
  EXPECT_EQ(ledger.read("ada", 0)->transactions.size(), 100U);
  EXPECT_EQ(ledger.read("ada", 100)->transactions.size(), 50U);
  cpp_lite::Result<Ledger::Page> end = ledger.read("ada", 150);
  EXPECT_TRUE(end->transactions.empty());
  EXPECT_FALSE(end->change.ready());
  record(151);
  EXPECT_TRUE(end->change.ready());
}

}  // namespace
}  // namespace payments
