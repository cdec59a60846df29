#include "policy/pushback.h"

#include <charconv>
#include <system_error>

namespace cpp_lite::policy {
namespace {

// Negative values mean the same as nonsense, so that the sign needs no reading.
bool read_milliseconds(std::string_view text, std::int32_t& value) {
  const bool needless_zero = text.size() > 1 && text.front() == '0';
  if (text.empty() || needless_zero || text.front() == '-') return false;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

void Pushback::read(std::string_view value) {
  std::int32_t wait = 0;
  if (kind != Kind::none || !read_milliseconds(value, wait)) {
    *this = {Kind::never, {}};
    return;
  }
  *this = {Kind::wait, std::chrono::milliseconds(wait)};
}

}  // namespace cpp_lite::policy
