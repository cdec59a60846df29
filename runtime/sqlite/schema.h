// The store's tables in a database, beside those of the application.
#pragma once

#include <cpp_lite/status.h>

#include "sqlite/database.h"

namespace cpp_lite::sqlite {

// Of this release. A database also says which release is the oldest that may still use it.
constexpr int kSchemaVersion = 2;

// Makes the tables, the store's id and its secret, if they are not there and may be made.
// FAILED_PRECONDITION: they are not there, or there are tables of these names that are not ours, or
// too new.
Status prepare_schema(Database& database, bool may_create);

}  // namespace cpp_lite::sqlite
