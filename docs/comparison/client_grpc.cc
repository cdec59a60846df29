// The comparison's client on grpc++: a charge, then the first recorded transaction.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <iostream>

#include "payments/v1/payments.grpc.pb.h"

int main(int, char** argv) {
  const auto deadline = std::chrono::system_clock::now() + std::chrono::seconds(5);
  auto client = payments::v1::PaymentService::NewStub(
      grpc::CreateChannel(argv[1], grpc::InsecureChannelCredentials()));
  payments::v1::ChargeRequest charge;
  charge.set_customer_id("ada");
  charge.set_amount_cents(100);
  charge.set_currency("EUR");
  charge.set_idempotency_key("1");
  grpc::ClientContext charging;
  charging.set_deadline(deadline);
  payments::v1::ChargeResponse charged;
  grpc::Status status = client->ChargeCard(&charging, charge, &charged);
  if (!status.ok()) {
    std::cerr << status.error_message() << "\n";
    return 1;
  }
  payments::v1::TransactionStreamRequest request;
  request.set_customer_id("ada");
  grpc::ClientContext streaming;
  streaming.set_deadline(deadline);
  auto transactions = client->StreamTransactions(&streaming, request);
  payments::v1::Transaction transaction;
  if (!transactions->Read(&transaction)) return 1;
  std::cout << transaction.id() << "\n";
  streaming.TryCancel();
}
