// What every server in bench/ answers, whoever carries it: the same work and the same bytes.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "payments.pb.h"

namespace bench {

inline constexpr std::int64_t kProcessedAt = 1767225600;
inline constexpr std::size_t kMostPadding = 16 << 20;

// Why a charge is refused with INVALID_ARGUMENT; null: it is not.
inline const char* refusal(const payments::v1::ChargeRequest& request) {
  if (request.amount_cents() <= 0) return "amount_cents must be positive";
  if (request.idempotency_key().empty()) return "idempotency_key must not be empty";
  return nullptr;
}

inline void charge(const payments::v1::ChargeRequest& request,
                   payments::v1::ChargeResponse& response) {
  std::string& id = *response.mutable_transaction_id();
  id.reserve(4 + request.idempotency_key().size());
  id += "txn_";
  id += request.idempotency_key();
  response.set_status(payments::v1::CHARGE_STATUS_SUCCESS);
  response.set_processor_reference("ref_0123456789");
  response.set_processed_at_unix(kProcessedAt);
}

// What StreamTransactions sends, since_unix times. For customer_id "pad:N" its id has N bytes.
// False: INVALID_ARGUMENT, N is no number or too large.
inline bool transaction(const payments::v1::TransactionStreamRequest& request,
                        payments::v1::Transaction& message) {
  std::string id = "txn_0123456789";
  std::string_view customer = request.customer_id();
  if (customer.starts_with("pad:")) {
    customer.remove_prefix(4);
    std::size_t size = 0;
    const char* const end = customer.data() + customer.size();
    const auto [rest, error] = std::from_chars(customer.data(), end, size);
    if (error != std::errc() || rest != end || size > kMostPadding) return false;
    id.assign(size, 'x');
  }
  message.set_id(std::move(id));
  message.set_customer_id(request.customer_id());
  message.set_amount_cents(1999);
  message.set_currency("EUR");
  message.set_created_at_unix(kProcessedAt);
  return true;
}

// One more request of a batch.
inline void count(const payments::v1::ChargeRequest& request,
                  payments::v1::BatchChargeResponse& response) {
  response.set_total(response.total() + 1);
  if (refusal(request) == nullptr) {
    response.set_succeeded(response.succeeded() + 1);
  } else {
    response.set_failed(response.failed() + 1);
    response.add_failed_idempotency_keys(request.idempotency_key());
  }
}

}  // namespace bench
