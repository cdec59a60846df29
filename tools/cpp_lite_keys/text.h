// Values as people read and write them.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cpp_lite::keys {

std::string hex(std::span<const std::uint8_t> bytes);
std::string_view to_text(idempotency::State state);
std::string to_text(idempotency::Time time);  // 2027-01-15T08:00:00Z; "never"
// Without control characters, which could make a terminal do things.
std::string printable(std::string_view text);

// An id or the beginning of one: the ids from `first` on that begin so, by the digits that are
// given.
struct IdPrefix {
  std::string digits;
  idempotency::Id first{};
  bool fits(const idempotency::Id& id) const { return hex(id).starts_with(digits); }
};
Result<IdPrefix> id_prefix_from(std::string_view text);

Result<idempotency::Token> token_from(std::string_view text);
Result<idempotency::State> state_from(std::string_view text);
Result<Code> code_from(std::string_view text);  // NOT_FOUND or 5

}  // namespace cpp_lite::keys
