// The store's face: each operation of idempotency::Store as work for the writer.
#pragma once

#include <cpp_lite/idempotency.h>

#include <memory>

#include "sqlite/writer.h"

namespace cpp_lite::sqlite {

// sqlite_store() with what tests turn. `trust_file_system`: check() does not ask where the file is.
std::shared_ptr<idempotency::TransactionalStore> make_store(WriterOptions options,
                                                            bool trust_file_system);

}  // namespace cpp_lite::sqlite
