// How much each scope holds, for quotas. Counted from the first begin() with a quota on.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <string>

#include "sqlite/statement.h"

namespace cpp_lite::sqlite {

struct Holding {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
};

// Used inside a transaction that writes.
class Scopes {
 public:
  explicit Scopes(Database& database);

  Status count_all();  // once for a database
  Result<Holding> held_by(const std::string& scope);
  Status add(const std::string& scope, const Holding& more);
  Status add_for_record(std::int64_t n, const Holding& more);  // before the row goes

 private:
  Statement forget_;
  Statement count_all_;
  Statement held_;
  Statement add_;
  Statement add_for_record_;
};

}  // namespace cpp_lite::sqlite
