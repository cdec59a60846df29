// Randomness that nobody can guess, from libcrypto. Any thread. Where there is none the program
// stops: a token that two executions share would undo every fence.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/idempotency.h>

#include <string>

namespace cpp_lite::idempotency {

CPP_LITE_API Token random_token();
CPP_LITE_API std::string random_store_id();  // 32 hexadecimal digits
CPP_LITE_API Digest random_secret();

}  // namespace cpp_lite::idempotency
