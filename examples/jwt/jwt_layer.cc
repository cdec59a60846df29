#include "jwt_layer.h"

#include <cpp_lite/result.h>
#include <jwt.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace examples {
namespace {

using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Method;
using cpp_lite::Next;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;

// The reason is for the caller, so it says nothing that helps to forge a token.
Status refused(const std::string& why) { return Status(Code::unauthenticated, "token: " + why); }

std::optional<std::string> token_of(const ServerContext& context) {
  constexpr std::string_view kBearer = "Bearer ";
  const auto headers = context.metadata().get_all("authorization");
  if (headers.size() != 1 || !headers[0].starts_with(kBearer)) return std::nullopt;
  return std::string(headers[0].substr(kBearer.size()));
}

std::string_view claim(jwt_t* token, const char* name) {
  const char* value = jwt_get_grant(token, name);
  return value == nullptr ? std::string_view() : value;
}

Result<std::string> subject_of(const std::string& text, const JwtRules& rules) {
  jwt_t* decoded = nullptr;
  const auto* key = reinterpret_cast<const unsigned char*>(rules.public_key.data());
  const int failed =
      jwt_decode(&decoded, text.c_str(), key, static_cast<int>(rules.public_key.size()));
  const std::unique_ptr<jwt_t, decltype(&jwt_free)> token(decoded, &jwt_free);
  // The token itself says how it is signed. Anybody can make one that is not signed at all, or with
  // the public key as if that were a secret.
  if (failed != 0 || jwt_get_alg(decoded) != JWT_ALG_ES256)
    return refused("not signed by " + rules.issuer);
  if (claim(decoded, "iss") != rules.issuer) return refused("not issued by " + rules.issuer);
  if (claim(decoded, "aud") != rules.audience) return refused("not for " + rules.audience);

  const std::chrono::seconds now = std::chrono::duration_cast<std::chrono::seconds>(
      std::chrono::system_clock::now().time_since_epoch());
  const std::chrono::seconds expires(jwt_get_grant_int(decoded, "exp"));  // 0: it does not say
  const std::chrono::seconds valid_from(jwt_get_grant_int(decoded, "nbf"));
  if (expires + rules.leeway <= now) return refused("expired");
  if (valid_from - rules.leeway > now) return refused("not valid yet");

  const std::string subject(claim(decoded, "sub"));
  if (subject.empty()) return refused("without a subject");
  return subject;
}

}  // namespace

// It verifies a signature on the connection's loop: some 100 us. Where that is too much, remember
// tokens that were good until they expire.
cpp_lite::ServerLayer require_jwt(JwtRules rules) {
  return [rules = std::move(rules)](ServerContext& context, const Method&,
                                    Next next) -> Future<Status> {
    const std::optional<std::string> token = token_of(context);
    if (!token) return refused("one header authorization: Bearer is needed");
    const Result<std::string> subject = subject_of(*token, rules);
    if (!subject) return subject.status();
    context.set_principal(*subject);
    return next();
  };
}

}  // namespace examples
