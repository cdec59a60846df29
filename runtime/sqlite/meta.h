// The one row of cpp_lite_meta: who the store is, and what it remembers for all processes.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <cstdint>
#include <string>

#include "idempotency/clock.h"
#include "sqlite/statement.h"

namespace cpp_lite::sqlite {

using idempotency::ClockState;
using idempotency::Milliseconds;
using idempotency::Time;

struct Identity {
  std::string id;
  idempotency::Digest secret{};
};

struct MetaRow {
  std::string store_id;
  ClockState clock;
  bool quotas = false;  // cpp_lite_scopes is kept
};

class Meta {
 public:
  explicit Meta(Database& database);

  Result<Identity> identity();
  Result<MetaRow> read();
  // Another number than before: another connection has written.
  Result<std::int64_t> data_version();
  Status write_clock(const ClockState& clock);
  Status write_id(const std::string& id);
  Status keep_quotas();

 private:
  Database& database_;
  Statement identity_;
  Statement read_;
  Statement data_version_;
  Statement write_clock_;
  Statement write_id_;
  Statement keep_quotas_;
};

}  // namespace cpp_lite::sqlite
