// The comparison's client on cpp-lite: a charge, then the first recorded transaction.
#include <cpp_lite/channel.h>

#include <iostream>

#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;

int main(int, char** argv) {
  payments::v1::PaymentService::Client client(cpp_lite::connect(argv[1]));
  payments::v1::ChargeRequest charge;
  charge.set_customer_id("ada");
  charge.set_amount_cents(100);
  charge.set_currency("EUR");
  charge.set_idempotency_key("1");
  auto charged = client.ChargeCard(charge, 5s).get();
  if (!charged) {
    std::cerr << charged.status().to_string() << "\n";
    return 1;
  }
  payments::v1::TransactionStreamRequest request;
  request.set_customer_id("ada");
  auto transactions = client.StreamTransactions(request, 5s);
  auto transaction = transactions.read().get();
  if (!transaction) return 1;
  std::cout << transaction->id() << "\n";
}
