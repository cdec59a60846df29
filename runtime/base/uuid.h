// UUIDs of version 4: 122 random bits (RFC 9562, section 5.4).
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace cpp_lite::base {

// Any thread. Each takes its bits from the system's random source and keeps no state of its own, so
// that processes that were forked make different ones and nobody can guess the next. A system
// without such a source stops the program: a key that is not unique is worse than none.
std::string make_uuid4() noexcept;

// The text of these bits, with version and variant put over them.
std::string uuid4_of(std::array<std::uint8_t, 16> bits);

}  // namespace cpp_lite::base
