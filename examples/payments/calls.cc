// payments_calls --target=host:port: one call of each kind, blocking. payments_client (client.cc)
// also shows what goes wrong, and examples/streaming the same calls with co_await.
#include <cpp_lite/channel.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>

#include "flags.h"
#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Status;
using Client = payments::v1::PaymentService::Client;

namespace {

payments::v1::ChargeRequest charge_of(std::int64_t amount_cents, const std::string& key) {
  payments::v1::ChargeRequest request;
  request.set_customer_id("customer-7");
  request.set_amount_cents(amount_cents);
  request.set_currency("EUR");
  request.set_idempotency_key(key);
  return request;
}

// Unary: one request, one response.
Status charge_card(Client& client) {
  auto charged = client.ChargeCard(charge_of(1999, "order-1"), 3s).get();
  if (!charged) return charged.status();
  std::cout << "ChargeCard: " << charged->transaction_id() << "\n";
  return {};
}

// Server streaming: its deadline is in the .proto. Dropping the stream at the end cancels the call,
// which would go on for 30 seconds.
Status stream_transactions(Client& client) {
  payments::v1::TransactionStreamRequest request;
  request.set_customer_id("customer-7");
  auto transactions = client.StreamTransactions(request);
  auto transaction = transactions.read().get();
  if (!transaction) return transactions.finish().get();
  std::cout << "StreamTransactions: " << transaction->id() << ", " << transaction->amount_cents()
            << " cents\n";
  return {};
}

// Client streaming: many requests, one response.
Status batch_charge(Client& client) {
  auto batch = client.BatchCharge(10s);
  for (int i = 0; i < 3; ++i) {
    const std::int64_t amount = i == 1 ? -5 : 500;  // the second one will not do
    if (!batch.write(charge_of(amount, "batch-" + std::to_string(i))).get()) break;
  }
  auto sum = batch.finish().get();
  if (!sum) return sum.status();
  std::cout << "BatchCharge: " << sum->succeeded() << " of " << sum->total() << " succeeded";
  for (const auto& key : sum->failed_idempotency_keys()) std::cout << ", not " << key;
  std::cout << "\n";
  return {};
}

// Both directions at once.
Status payment_chat(Client& client) {
  auto chat = client.PaymentChat(10s);
  for (const char* text : {"hello", "goodbye"}) {
    payments::v1::PaymentMessage message;
    message.set_text(text);
    if (!chat.write(message).get()) break;
    auto answer = chat.read().get();
    if (!answer) break;
    std::cout << "PaymentChat: " << answer->text() << "\n";
  }
  chat.close_writes().get();
  return chat.finish().get();
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags =
      examples::parse_flags(argc, argv, "usage: payments_calls [--target=127.0.0.1:50051]\n",
                            {{"target", "127.0.0.1:50051"}});
  Client client(cpp_lite::connect(flags.at("target")));
  for (auto call : {charge_card, stream_transactions, batch_charge, payment_chat}) {
    if (Status status = call(client); !status.ok()) {
      std::cerr << status.to_string() << "\n";
      return 1;
    }
  }
}
