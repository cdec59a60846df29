// Text of others for a log.
#pragma once

#include <string>
#include <string_view>

namespace cpp_lite::policy {

// One line stays one line, and a terminal shows it as it is: what is no UTF-8 (RFC 3629) and
// control characters become \xHH. Any thread.
std::string escaped(std::string_view text);

}  // namespace cpp_lite::policy
