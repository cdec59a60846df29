// A layer of servers that knows callers by their JSON Web Tokens (RFC 7519). To be copied and made
// to fit: cpp-lite itself has no opinion on tokens.
#pragma once

#include <cpp_lite/handler.h>

#include <chrono>
#include <functional>
#include <string>

namespace examples {

struct JwtRules {
  std::string public_key;           // PEM, of the one who issues tokens, for ES256
  std::string issuer;               // what "iss" has to say
  std::string audience;             // what "aud" has to say: this service, and no other one
  std::chrono::seconds leeway{30};  // between the clocks of the two
};

// Calls without a good token end with UNAUTHENTICATED. The others are made by its "sub":
// context.principal().
cpp_lite::ServerLayer require_jwt(JwtRules rules);

}  // namespace examples
