// What open() hands out where begin() says no: a Transaction that says so, and holds nothing.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <memory>
#include <string_view>

namespace cpp_lite::idempotency {

// `kind` outlives it.
CPP_LITE_API std::unique_ptr<Transaction> answered_transaction(std::string_view kind,
                                                               BeginResult answer);

// The error of whoever goes on with a transaction that is not open.
CPP_LITE_API Status no_open_transaction(std::string_view kind);

}  // namespace cpp_lite::idempotency
