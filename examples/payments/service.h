// The handler of payments.v1.PaymentService: one method of each kind. Thread-safe; blocks on its
// ledger, so it runs on threads unless that is in memory.
#pragma once

#include <cpp_lite/server.h>

#include "ledger.h"
#include "payments/v1/payments.lite.h"

namespace payments {

class Payments final : public v1::PaymentService::Handler {
 public:
  // The ledger must outlive the service.
  explicit Payments(Ledger& ledger) : ledger_(ledger) {}

  cpp_lite::Future<cpp_lite::Result<v1::ChargeResponse>> ChargeCard(
      cpp_lite::ServerContext& context, v1::ChargeRequest request) override;
  cpp_lite::Future<cpp_lite::Status> StreamTransactions(
      cpp_lite::ServerContext& context, v1::TransactionStreamRequest request,
      cpp_lite::Writer<v1::Transaction>& out) override;
  cpp_lite::Future<cpp_lite::Result<v1::BatchChargeResponse>> BatchCharge(
      cpp_lite::ServerContext& context, cpp_lite::Reader<v1::ChargeRequest>& in) override;
  cpp_lite::Future<cpp_lite::Status> PaymentChat(
      cpp_lite::ServerContext& context, cpp_lite::Reader<v1::PaymentMessage>& in,
      cpp_lite::Writer<v1::PaymentMessage>& out) override;

 private:
  Ledger& ledger_;
};

}  // namespace payments
