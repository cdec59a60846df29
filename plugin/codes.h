// Which status codes are a reason to send a request again (AIP-194; CL012, CL014 and CL016).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "problems.h"

namespace cpp_lite::plugin {

inline constexpr int kDeadlineExceeded = 4;

// A bit for each code that may never be listed.
std::uint32_t never_codes();

constexpr std::uint32_t bit(int code) { return 1U << static_cast<unsigned>(code); }

// About the code at this index of the list.
using SayOfCode = std::function<void(Severity severity, std::string_view id, std::size_t index,
                                     const std::string& text)>;

void check_codes(const std::vector<int>& codes, const SayOfCode& say);

}  // namespace cpp_lite::plugin
