// Where a Redis server is: what redis_store() is given, in parts.
#pragma once

#include <cpp_lite/result.h>

#include <string>

namespace cpp_lite::redis {

struct Address {
  std::string host;  // empty: a socket at `path`
  int port = 6379;
  std::string path;
  std::string user, password;
  int database = 0;
  std::string text;  // for people: without password
};

// "redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE]", also without "//"; or "unix:PATH". Else
// INVALID_ARGUMENT.
Result<Address> parse_address(const std::string& text);

}  // namespace cpp_lite::redis
