// begin(), and open(), which lends the connection to a handler between begin and complete.
#pragma once

#include <cpp_lite/future.h>
#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <memory>

#include "sqlite/operation.h"
#include "sqlite/writer.h"

namespace cpp_lite::sqlite {

Result<idempotency::BeginResult> begin(Session& session, idempotency::BeginArgs& args);

// Hands itself to the writer.
Future<Result<std::unique_ptr<idempotency::Transaction>>> open(
    const std::shared_ptr<Writer>& writer, idempotency::BeginArgs args);

}  // namespace cpp_lite::sqlite
