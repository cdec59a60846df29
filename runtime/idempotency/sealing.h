// Answers as stores may read them, and thieves with a copy of the store: sealed by the
// application's functions, all that a user may have said in them (IdempotencyOptions::seal).
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/keyed_server.h>

namespace cpp_lite::idempotency {

// Message, details, trailers and body go into the body, under a mark; the code stays. What cannot
// be sealed is not kept: a tombstone. Needs options.seal.
StoredResult sealed(const StoredResult& result, const IdempotencyOptions& options);

// Whether the body begins with a mark, of sealed() or in_clear(). No response message does.
bool is_marked(const StoredResult& result);

// Without the mark; also of results that bear none, if they have a body: what was stored before
// answers were sealed as a whole. options.open decides what these are. The error says what is
// wrong.
Result<StoredResult> opened(const StoredResult& result, const IdempotencyOptions& options);

}  // namespace cpp_lite::idempotency
