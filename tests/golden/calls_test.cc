// The golden code, linked and called. Built once as c++20 and once as gnu++20.
#include <gtest/gtest.h>

#include <chrono>

#include "fake_calls.h"
#include "payments/v1/payments.lite.h"
#include "users/v1/users.lite.h"

namespace cpp_lite::golden {
namespace {

using namespace std::chrono_literals;
using payments::v1::BatchChargeResponse;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentMessage;
using payments::v1::PaymentService;
using payments::v1::Transaction;
using payments::v1::TransactionStreamRequest;
using users::v1::UserService;

ChargeRequest charge(std::int64_t cents) {
  ChargeRequest request;
  request.set_amount_cents(cents);
  return request;
}

ChargeRequest parse_charge(const Bytes& bytes) {
  ChargeRequest request;
  EXPECT_TRUE(request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
  return request;
}

TEST(Table, SaysWhatTheProtoSays) {
  static_assert(PaymentService::full_name == "payments.v1.PaymentService");
  static_assert(std::size(PaymentService::methods) == 4);
  static_assert(PaymentService::methods[0].path == "/payments.v1.PaymentService/ChargeCard");
  static_assert(PaymentService::methods[0].safety == Safety::keyed);
  static_assert(PaymentService::methods[0].unary());
  static_assert(PaymentService::methods[0].default_timeout == 0s);
  static_assert(PaymentService::methods[1].default_timeout == 30s);
  static_assert(PaymentService::methods[1].server_streams);
  static_assert(PaymentService::methods[2].client_streams);
  static_assert(std::size(UserService::methods) == 8);
  static_assert(UserService::methods[7].client_streams && UserService::methods[7].server_streams);
  SUCCEED();
}

class ClientCalls : public testing::Test {
 protected:
  // The deadline of the last call, from its start.
  std::chrono::nanoseconds time_given() const {
    const SteadyTime start{};
    return channel_->calls.back().deadline.resolve(start) - start;
  }

  std::shared_ptr<RecordingChannel> channel_ = std::make_shared<RecordingChannel>();
  PaymentService::Client payments_{channel_};
};

TEST_F(ClientCalls, OfAUnaryMethodCarryRequestMethodAndDeadline) {
  ChargeResponse response;
  response.set_transaction_id("t1");
  channel_->answer = bytes_of(response);
  Reply<ChargeResponse> reply = payments_.ChargeCard(charge(7), 200ms).get();
  ASSERT_TRUE(reply) << reply.status().message();
  EXPECT_EQ(reply->transaction_id(), "t1");
  ASSERT_EQ(channel_->calls.size(), 1u);
  EXPECT_EQ(channel_->calls[0].method, &PaymentService::methods[0]);
  EXPECT_EQ(parse_charge(channel_->calls[0].messages.at(0)).amount_cents(), 7);
  EXPECT_EQ(time_given(), 200ms);
}

TEST_F(ClientCalls, TakeTheDeadlineOfTheProtoUnlessTheyGiveOne) {
  auto with_default = payments_.StreamTransactions(TransactionStreamRequest());
  EXPECT_EQ(time_given(), 30s);
  auto with_options =
      payments_.StreamTransactions(TransactionStreamRequest(), {.wait_for_ready = true});
  EXPECT_EQ(time_given(), 30s);
  auto with_own = payments_.StreamTransactions(TransactionStreamRequest(), 1s);
  EXPECT_EQ(time_given(), 1s);
  auto without_end = payments_.StreamTransactions(TransactionStreamRequest(), Deadline::never());
  EXPECT_TRUE(channel_->calls.back().deadline.is_never());
}

TEST_F(ClientCalls, OfAKeyedMethodHandTheKeyOver) {
  ChargeRequest request = charge(7);
  request.set_idempotency_key("order-1");
  auto own = payments_.ChargeCard(request, 1s);
  EXPECT_EQ(channel_->calls.back().idempotency_key, "order-1");
  auto given = payments_.ChargeCard(charge(7), 1s, {.idempotency_key = "order-2"});
  EXPECT_EQ(channel_->calls.back().idempotency_key, "order-2");
  EXPECT_EQ(parse_charge(channel_->calls.back().messages.at(0)).idempotency_key(), "order-2");
  EXPECT_EQ(parse_charge(channel_->calls.back().messages.at(0)).amount_cents(), 7);
  auto none = payments_.ChargeCard(charge(7), 1s);  // its effects are TRANSACTIONAL: one is made up
  EXPECT_EQ(channel_->calls.back().idempotency_key.size(), 36u);
  EXPECT_EQ(parse_charge(channel_->calls.back().messages.at(0)).idempotency_key(),
            channel_->calls.back().idempotency_key);
}

TEST_F(ClientCalls, OfAServerStreamReadMessages) {
  Transaction transaction;
  transaction.set_id("x");
  channel_->answer = bytes_of(transaction);
  auto rows = payments_.StreamTransactions(TransactionStreamRequest());
  EXPECT_EQ(channel_->calls.back().method, &PaymentService::methods[1]);
  EXPECT_EQ(channel_->calls.back().messages.size(), 1u);
  EXPECT_EQ(rows.read().get()->id(), "x");
  EXPECT_FALSE(rows.read().get().has_value());
}

TEST_F(ClientCalls, OfAClientStreamWriteMessages) {
  BatchChargeResponse response;
  response.set_total(2);
  channel_->answer = bytes_of(response);
  auto batch = payments_.BatchCharge(5s);
  EXPECT_TRUE(batch.write(charge(1)).get());
  EXPECT_TRUE(batch.write(charge(2)).get());
  Reply<BatchChargeResponse> reply = batch.finish().get();
  EXPECT_EQ(reply->total(), 2);
  EXPECT_EQ(channel_->calls.back().method, &PaymentService::methods[2]);
  EXPECT_EQ(parse_charge(channel_->calls.back().messages.at(1)).amount_cents(), 2);
}

TEST_F(ClientCalls, OfABidirectionalStreamDoBoth) {
  PaymentMessage message;
  message.set_text("hello");
  channel_->answer = bytes_of(message);
  auto chat = payments_.PaymentChat(Deadline::never());
  EXPECT_TRUE(chat.write(message).get());
  EXPECT_EQ(chat.read().get()->text(), "hello");
  EXPECT_TRUE(chat.close_writes().get());
  EXPECT_EQ(channel_->calls.back().method, &PaymentService::methods[3]);
}

TEST_F(ClientCalls, OutliveTheClient) {
  channel_->answer = bytes_of(users::v1::GetUserResponse());
  auto reply = UserService::Client(channel_).GetUser(users::v1::GetUserRequest(), 1s);
  EXPECT_TRUE(reply.get());
}

class Payments final : public PaymentService::Handler {
 public:
  Future<Result<ChargeResponse>> ChargeCard(ServerContext&, ChargeRequest request) override {
    if (request.amount_cents() <= 0) return Status(Code::invalid_argument, "amount");
    ChargeResponse response;
    response.set_transaction_id(std::to_string(request.amount_cents()));
    return response;
  }
  Future<Status> StreamTransactions(ServerContext&, TransactionStreamRequest request,
                                    Writer<Transaction>& out) override {
    Transaction transaction;
    transaction.set_customer_id(request.customer_id());
    co_await out.write(transaction);
    co_return Status();
  }
  Future<Result<BatchChargeResponse>> BatchCharge(ServerContext&,
                                                  Reader<ChargeRequest>& in) override {
    BatchChargeResponse response;
    while (auto request = co_await in.read()) response.set_total(response.total() + 1);
    co_return response;
  }
  Future<Status> PaymentChat(ServerContext&, Reader<PaymentMessage>& in,
                             Writer<PaymentMessage>& out) override {
    while (auto message = co_await in.read()) co_await out.write(*message);
    co_return Status();
  }
};

class HandlerCalls : public testing::Test {
 protected:
  // Serves a call of the method with this index.
  Status serve(Service& service, std::size_t index, FakeServedCall& call) {
    return service.routes()[index].serve(service, call).get();
  }

  template <typename Message>
  static Message parse(const Bytes& bytes) {
    Message message;
    EXPECT_TRUE(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return message;
  }

  Payments payments_;
};

TEST_F(HandlerCalls, AreRoutedInTheOrderOfTheTable) {
  ASSERT_EQ(payments_.routes().size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(payments_.routes()[i].method, &PaymentService::methods[i]);
  }
  EXPECT_EQ(payments_.service_name(), "payments.v1.PaymentService");
}

TEST_F(HandlerCalls, OfAUnaryMethodAnswerOrFail) {
  FakeServedCall good(PaymentService::methods[0]);
  good.context().request = bytes_of(charge(7));
  EXPECT_TRUE(serve(payments_, 0, good).ok());
  EXPECT_EQ(parse<ChargeResponse>(good.responses.at(0)).transaction_id(), "7");
  FakeServedCall bad(PaymentService::methods[0]);
  EXPECT_EQ(serve(payments_, 0, bad).code(), Code::invalid_argument);
  EXPECT_TRUE(bad.responses.empty());
}

TEST_F(HandlerCalls, OfAServerStreamWriteMessages) {
  TransactionStreamRequest request;
  request.set_customer_id("c");
  FakeServedCall call(PaymentService::methods[1]);
  call.context().request = bytes_of(request);
  EXPECT_TRUE(serve(payments_, 1, call).ok());
  EXPECT_EQ(parse<Transaction>(call.responses.at(0)).customer_id(), "c");
}

TEST_F(HandlerCalls, OfAClientStreamReadMessages) {
  FakeServedCall call(PaymentService::methods[2]);
  call.requests = {bytes_of(charge(1)), bytes_of(charge(2)), bytes_of(charge(3))};
  EXPECT_TRUE(serve(payments_, 2, call).ok());
  EXPECT_EQ(parse<BatchChargeResponse>(call.responses.at(0)).total(), 3);
}

TEST_F(HandlerCalls, OfABidirectionalStreamDoBoth) {
  PaymentMessage message;
  message.set_text("echo");
  FakeServedCall call(PaymentService::methods[3]);
  call.requests = {bytes_of(message), bytes_of(message)};
  EXPECT_TRUE(serve(payments_, 3, call).ok());
  ASSERT_EQ(call.responses.size(), 2u);
  EXPECT_EQ(parse<PaymentMessage>(call.responses[1]).text(), "echo");
}

TEST_F(HandlerCalls, OfMethodsThatNobodyWroteAreUnimplemented) {
  UserService::Handler users;
  ASSERT_EQ(users.routes().size(), 8u);
  for (std::size_t i = 0; i < 8; ++i) {
    FakeServedCall call(UserService::methods[i]);
    EXPECT_EQ(serve(users, i, call).code(), Code::unimplemented) << UserService::methods[i].path;
    EXPECT_TRUE(call.responses.empty());
  }
}

}  // namespace
}  // namespace cpp_lite::golden
