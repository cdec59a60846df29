#include "io/target.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

using Kind = Endpoint::Kind;

// One parse, for its error messages: they all name the whole target.
class Parser {
 public:
  Parser(std::string_view text, std::optional<std::uint16_t> default_port, Target& target)
      : text_(text), default_port_(default_port), target_(target) {}

  Status parse() {
    std::string_view rest = text_;
    if (take(rest, "unix:")) return parse_unix(rest);
    if (take(rest, "ipv4:")) return parse_list(rest, Kind::tcp4);
    if (take(rest, "ipv6:")) return parse_list(rest, Kind::tcp6);
    if (take(rest, "dns:")) return parse_dns(rest);
    if (const std::size_t at = rest.find("://"); at != std::string_view::npos) {
      return wrong("unknown scheme '" + std::string(rest.substr(0, at)) +
                   "' (known are dns, ipv4, ipv6 and unix)");
    }
    if (take(rest, "unix-abstract:")) return wrong("abstract unix sockets are not supported");
    return parse_host_port(rest);
  }

 private:
  static bool take(std::string_view& rest, std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
  }

  Status wrong(const std::string& what) const {
    return Status(Code::invalid_argument, "bad target '" + std::string(text_) + "': " + what);
  }

  Status parse_unix(std::string_view rest) {
    if (take(rest, "//") && !rest.starts_with('/')) {
      return wrong("after unix:// the path must be absolute, as in unix:///run/x.sock");
    }
    std::string path = unescape(rest);
    if (path.empty()) return wrong("the path is missing");
    if (path.find('\0') != std::string::npos) return wrong("the path contains a NUL byte");
    const Endpoint endpoint{Kind::local, std::move(path), 0};
    SockAddr ignored;
    if (!to_sockaddr(endpoint, ignored)) return wrong("the path is too long for a unix socket");
    target_.endpoints = {endpoint};
    target_.authority = "localhost";
    return Status();
  }

  Status parse_dns(std::string_view rest) {
    if (take(rest, "//")) {
      const std::size_t slash = rest.find('/');
      if (slash == std::string_view::npos)
        return wrong("after dns:// comes /host, as in dns:///host:1");
      if (slash != 0) {
        return wrong(
            "a DNS server of one's own (dns://server/host) is not supported; write dns:///host");
      }
      rest.remove_prefix(1);
    }
    return parse_host_port(rest);
  }

  Status parse_list(std::string_view rest, Kind kind) {
    target_.authority = std::string(rest.substr(0, rest.find(',')));
    for (bool more = true; more;) {
      const std::size_t comma = rest.find(',');
      more = comma != std::string_view::npos;
      Endpoint endpoint{kind, "", 0};
      if (Status status = split(rest.substr(0, comma), endpoint.address, endpoint.port);
          !status.ok()) {
        return status;
      }
      if (!is_numeric(endpoint.address, kind)) {
        return wrong("'" + endpoint.address + "' is not an " +
                     (kind == Kind::tcp4 ? "IPv4" : "IPv6") + " address");
      }
      target_.endpoints.push_back(std::move(endpoint));
      if (more) rest.remove_prefix(comma + 1);
    }
    return Status();
  }

  Status parse_host_port(std::string_view rest) {
    target_.authority = std::string(rest);
    const bool brackets = rest.starts_with('[');
    if (Status status = split(rest, target_.host, target_.port); !status.ok()) return status;
    for (const Kind kind : {Kind::tcp4, Kind::tcp6}) {
      if (!is_numeric(target_.host, kind)) continue;
      target_.endpoints = {{kind, target_.host, target_.port}};
      if (kind == Kind::tcp6 && !brackets) target_.authority = "[" + target_.host + "]";
      return Status();
    }
    if (brackets) return wrong("'" + target_.host + "' is not an IPv6 address");
    return check_name(target_.host);
  }

  // "host", "host:port", "[v6]", "[v6]:port", and an IPv6 address alone.
  Status split(std::string_view rest, std::string& host, std::uint16_t& port) const {
    if (rest.starts_with('[')) {
      const std::size_t end = rest.find(']');
      if (end == std::string_view::npos) return wrong("']' is missing");
      host = unescape(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
      if (!rest.empty() && rest[0] != ':') return wrong("after ']' comes ':' and the port");
      return rest.empty() ? use_default(port) : parse_port(rest.substr(1), port);
    }
    const std::size_t colon = rest.find(':');
    host = unescape(rest.substr(0, colon));
    if (host.empty() && rest.size() <= 1) return wrong("the host is missing");
    if (colon == std::string_view::npos) return use_default(port);
    if (rest.find(':', colon + 1) != std::string_view::npos) {
      host = unescape(rest);
      if (is_numeric(host, Kind::tcp6)) return use_default(port);
      return wrong("more than one ':' (an IPv6 address with a port needs brackets: [::1]:1)");
    }
    if (host.empty()) return wrong("the host is missing");
    return parse_port(rest.substr(colon + 1), port);
  }

  Status use_default(std::uint16_t& port) const {
    if (!default_port_) return wrong("the port is missing");
    port = *default_port_;
    return Status();
  }

  Status parse_port(std::string_view digits, std::uint16_t& port) const {
    if (digits.empty()) return wrong("the port is missing after ':'");
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error == std::errc() && stop == digits.data() + digits.size()) return Status();
    return wrong(std::string("'").append(digits) + "' is not a port (0 to 65535)");
  }

  Status check_name(const std::string& name) const {
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '-' || c == '.' || c == '_';
    };
    if (name.size() > 253) return wrong("the host is longer than 253 characters");
    if (!std::all_of(name.begin(), name.end(), allowed)) {
      return wrong("'" + name + "' is not a host name (others than ASCII go as punycode)");
    }
    // The system would read "1.2.3" as an address of its own making, "1.2.0.3".
    const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
    if (last.find_first_not_of("0123456789") == std::string_view::npos && !last.empty()) {
      return wrong("'" + name + "' is neither an IP address nor a host name");
    }
    return Status();
  }

  // RFC 3986 2.1. What is no escape stays as it is.
  static std::string unescape(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
      std::uint8_t byte = 0;
      if (text[i] == '%' && i + 2 < text.size() &&
          std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16).ptr ==
              text.data() + i + 3) {
        plain += static_cast<char>(byte);
        i += 2;
      } else {
        plain += text[i];
      }
    }
    return plain;
  }

  const std::string_view text_;
  const std::optional<std::uint16_t> default_port_;
  Target& target_;
};

// RFC 6761 6.3: the name and all names under it.
bool is_localhost(std::string_view name) {
  constexpr std::string_view kName = "localhost";
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() < kName.size()) return false;
  const std::string_view tail = name.substr(name.size() - kName.size());
  const bool same = std::equal(tail.begin(), tail.end(), kName.begin(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
  return same && (name.size() == kName.size() || name[name.size() - kName.size() - 1] == '.');
}

}  // namespace

bool Target::is_local() const {
  if (endpoints.empty()) return is_localhost(host);
  return std::all_of(endpoints.begin(), endpoints.end(),
                     [](const Endpoint& endpoint) { return endpoint.is_local(); });
}

Status parse_target(std::string_view text, Target& target,
                    std::optional<std::uint16_t> default_port) {
  Target parsed;
  Status status = Parser(text, default_port, parsed).parse();
  if (status.ok()) target = std::move(parsed);
  return status;
}

}  // namespace cpp_lite::io
