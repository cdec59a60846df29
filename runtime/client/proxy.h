// HTTP proxies: which one leads to a target, and the way through it.
#pragma once

#include <cpp_lite/status.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "client/dialer.h"
#include "io/target.h"

namespace cpp_lite::client {

struct Proxy {
  io::Target at;
  std::string credentials = {};  // "user:password"; empty: none
};

// "http://user:password@host:port", of which the host is needed; the port is 80 else. Else
// INVALID_ARGUMENT, which does not repeat the password.
Status parse_proxy(std::string_view text, Proxy& proxy);

// What the environment says of a name, or null.
using Environment = std::function<const char*(const char*)>;

// The proxy on the way to a target: the one that was given, where "" is none, or else that of
// https_proxy, unless no_proxy has the target, or it is on this machine. Nothing: there is none.
Status choose_proxy(const std::optional<std::string>& given, const io::Target& target,
                    const Environment& environment, std::optional<Proxy>& proxy);

// Asks a proxy for a tunnel to the target, whose name is looked up over there. `to_proxy` makes the
// connections to the proxy.
std::unique_ptr<Dialer> dial_through(std::unique_ptr<Dialer> to_proxy, const Proxy& proxy,
                                     const io::Target& target);

}  // namespace cpp_lite::client
