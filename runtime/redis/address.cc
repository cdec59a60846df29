#include "redis/address.h"

#include <charconv>
#include <string_view>

namespace cpp_lite::redis {
namespace {

bool read_number(std::string_view text, int most, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0 && number <= most;
}

// Removes what is before the last `mark` from `text`, with the mark.
std::string_view take_before(std::string_view& text, char mark) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + 1);
  return before;
}

bool read_server(std::string_view text, Address& address) {
  const std::string_view who = take_before(text, '@');
  const std::size_t colon = who.find(':');
  if (colon != std::string_view::npos) address.password = who.substr(colon + 1);
  address.user = who.substr(0, colon);
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
    constexpr int kMostDatabases = 1 << 16;
    if (!read_number(text.substr(slash + 1), kMostDatabases, address.database)) return false;
    text = text.substr(0, slash);
  }
  const std::size_t bracket = text.rfind(']');
  const std::size_t port = text.rfind(':');
  if (port != std::string_view::npos && (bracket == std::string_view::npos || port > bracket)) {
    if (!read_number(text.substr(port + 1), 65535, address.port)) return false;
    text = text.substr(0, port);
  }
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  address.host = text;
  address.text = address.host + ":" + std::to_string(address.port);
  return !address.host.empty();
}

}  // namespace

Result<Address> parse_address(const std::string& text) {
  Address address;
  const std::string_view all = text;
  const std::string_view kUnix = "unix:", kRedis = "redis:";
  if (all.starts_with(kUnix) && all.size() > kUnix.size()) {
    address.path = all.substr(kUnix.size());
    address.text = address.path;
    return address;
  }
  if (all.starts_with(kRedis)) {
    std::string_view server = all.substr(kRedis.size());
    if (server.starts_with("//")) server.remove_prefix(2);
    if (read_server(server, address)) return address;
  }
  // Not the text itself: it may hold a password.
  return Status(Code::invalid_argument,
                "redis: the address is not redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE] or "
                "unix:PATH");
}

}  // namespace cpp_lite::redis
