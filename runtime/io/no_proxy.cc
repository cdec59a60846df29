#include "io/no_proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cpp_lite::io {
namespace {

using Address = std::vector<std::uint8_t>;  // 4 or 16 bytes

std::optional<Address> address_of(std::string_view text) {
  const std::string terminated(text);
  for (const int family : {AF_INET, AF_INET6}) {
    Address address(family == AF_INET ? 4 : 16);
    if (::inet_pton(family, terminated.c_str(), address.data()) == 1) return address;
  }
  return std::nullopt;
}

std::optional<unsigned> number_of(std::string_view digits) {
  unsigned number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || stop != digits.data() + digits.size()) return std::nullopt;
  return number;
}

bool is_inside(const Address& address, const Address& network, std::size_t bits) {
  if (address.size() != network.size() || bits > 8 * network.size()) return false;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    const int difference = address[bit / 8] ^ network[bit / 8];
    if ((difference >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

// "entry:port" without the port; nothing: it is for another one.
std::optional<std::string_view> for_port(std::string_view entry, std::uint16_t port) {
  const std::size_t colon = entry.rfind(':');
  const bool has_port =
      colon != std::string_view::npos &&
      (entry.starts_with('[') ? entry[colon - 1] == ']' : entry.find(':') == colon);
  if (has_port) {
    if (number_of(entry.substr(colon + 1)) != port) return std::nullopt;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with('[') && entry.ends_with(']')) entry = entry.substr(1, entry.size() - 2);
  return entry;
}

bool is_for_address(std::string_view entry, const Address& host, std::uint16_t port) {
  if (const std::size_t slash = entry.find('/'); slash != std::string_view::npos) {
    const auto network = address_of(entry.substr(0, slash));
    const auto bits = number_of(entry.substr(slash + 1));
    return network && bits && is_inside(host, *network, *bits);
  }
  const auto text = for_port(entry, port);
  return text && address_of(*text) == host;
}

bool is_for_name(std::string_view entry, std::string_view host, std::uint16_t port) {
  const auto text = for_port(entry, port);
  if (!text || text->empty()) return false;
  std::string_view name = *text;
  if (name.starts_with("*.")) name.remove_prefix(1);
  if (name == host) return true;
  const bool dotted = name.starts_with('.');
  return host.size() > name.size() && host.ends_with(name) &&
         (dotted || host[host.size() - name.size() - 1] == '.');
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

bool is_listed(std::string_view list, std::string_view host, std::uint16_t port) {
  std::string name = lower(host);
  if (name.ends_with('.')) name.pop_back();
  const std::optional<Address> address = address_of(name);
  const std::string entries = lower(list);
  for (std::string_view rest = entries; !rest.empty();) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view entry = trimmed(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    if (entry.empty()) continue;
    if (entry == "*") return true;
    if (address ? is_for_address(entry, *address, port) : is_for_name(entry, name, port)) {
      return true;
    }
  }
  return false;
}

}  // namespace cpp_lite::io
