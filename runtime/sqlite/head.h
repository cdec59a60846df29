// What a row keeps of its record in one column, because no statement asks for it: a row of few
// columns is written in half the time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "idempotency/state.h"

namespace cpp_lite::sqlite {

// Token, terms and fingerprint. A byte of version, then what pack_head() says, in this order.
std::vector<std::uint8_t> pack_head(const idempotency::Record& record);
// False: not written by pack_head().
[[nodiscard]] bool unpack_head(std::span<const std::uint8_t> bytes, idempotency::Record& record);

// As text, for people: host, process, its start.
std::string pack_owner(const idempotency::Owner& owner);
[[nodiscard]] bool unpack_owner(const std::string& text, idempotency::Owner& owner);

}  // namespace cpp_lite::sqlite
