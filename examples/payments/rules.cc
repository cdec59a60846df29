#include "rules.h"

#include <algorithm>
#include <string>

namespace payments {
namespace {

cpp_lite::Status invalid(std::string why) {
  return {cpp_lite::Code::invalid_argument, std::move(why)};
}

bool is_currency(const std::string& text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

cpp_lite::Status check(const v1::ChargeRequest& request) {
  if (request.customer_id().empty()) return invalid("customer_id must not be empty");
  if (request.idempotency_key().empty()) return invalid("idempotency_key must not be empty");
  if (request.amount_cents() <= 0) {
    return invalid("amount_cents must be positive, not " + std::to_string(request.amount_cents()));
  }
  if (!is_currency(request.currency())) {
    return invalid("currency must be three capital letters, for example \"EUR\"");
  }
  return {};
}

cpp_lite::Status check(const v1::TransactionStreamRequest& request) {
  if (request.customer_id().empty()) return invalid("customer_id must not be empty");
  return {};
}

}  // namespace payments
