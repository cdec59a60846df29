// What a request must look like to be charged.
#pragma once

#include <cpp_lite/status.h>

#include "payments/v1/payments.pb.h"

namespace payments {

// INVALID_ARGUMENT with a sentence that names the field, or OK.
cpp_lite::Status check(const v1::ChargeRequest& request);
cpp_lite::Status check(const v1::TransactionStreamRequest& request);

}  // namespace payments
