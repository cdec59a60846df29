// A server that knows its callers by JSON Web Tokens: a good one, and those that are refused.
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <utility>

#include "check.h"
#include "hello.lite.h"
#include "jwt_layer.h"

using namespace std::chrono_literals;

namespace {

class Greeter final : public hello::Greeter::Handler {
  cpp_lite::Future<cpp_lite::Result<hello::GreetResponse>> Greet(cpp_lite::ServerContext& context,
                                                                 hello::GreetRequest) override {
    hello::GreetResponse response;
    response.set_text("Hello, " + context.principal() + "!");
    return response;
  }
};

struct KeyPair {
  std::string secret, open;  // PEM
};

KeyPair make_keys() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const auto written = [](auto write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return std::string(text, static_cast<std::size_t>(size));
  };
  return {.secret = written([&](BIO* out) {
            PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          }),
          .open = written([&](BIO* out) { PEM_write_bio_PUBKEY(out, key.get()); })};
}

// What an issuer of tokens does, such as a login service.
struct Issuer {
  KeyPair keys = make_keys();
  jwt_alg_t algorithm = JWT_ALG_ES256;

  std::string token(std::chrono::seconds lifetime, const char* audience = "greeter") const {
    jwt_t* token = nullptr;
    jwt_new(&token);
    jwt_add_grant(token, "iss", "https://login.example");
    jwt_add_grant(token, "aud", audience);
    jwt_add_grant(token, "sub", "ada");
    jwt_add_grant_int(token, "exp", static_cast<long>(std::time(nullptr) + lifetime.count()));
    const auto* key = reinterpret_cast<const unsigned char*>(keys.secret.data());
    const bool keyless = algorithm == JWT_ALG_NONE;
    jwt_set_alg(token, algorithm, keyless ? nullptr : key,
                keyless ? 0 : static_cast<int>(keys.secret.size()));
    char* text = jwt_encode_str(token);
    std::string result = text == nullptr ? "" : text;
    std::free(text);
    jwt_free(token);
    return result;
  }
};

}  // namespace

int main() {
  examples::Checks check;
  const Issuer issuer;
  Greeter greeter;
  cpp_lite::Server server;
  server.add(greeter);
  server.add(examples::require_jwt(
      {.public_key = issuer.keys.open, .issuer = "https://login.example", .audience = "greeter"}));
  if (!server.listen("127.0.0.1:0").ok()) return EXIT_FAILURE;

  // Without TLS tokens can be read, so that it has to be asked for; loopback is no reason.
  hello::Greeter::Client client(
      cpp_lite::connect("127.0.0.1:" + std::to_string(server.port()), {.plaintext_tokens = true}));
  const auto greet = [&](const std::string& token) {
    return client.Greet(hello::GreetRequest(), 10s, {.token = token}).get();
  };
  const auto refused = [&](const std::string& token, const char* what, const char* why) {
    const auto reply = greet(token);
    check.that(!token.empty() && reply.status().code() == cpp_lite::Code::unauthenticated &&
                   reply.status().message() == why,
               std::string(what) + ": " + reply.status().to_string());
  };

  const auto good = greet(issuer.token(1h));
  check.that(good.ok() && good->text() == "Hello, ada!",
             good.ok() ? good->text() : good.status().to_string());
  refused(issuer.token(-1h), "an expired one", "token: expired");
  refused(issuer.token(1h, "payments"), "one for another service", "token: not for greeter");
  constexpr const char* kForged = "token: not signed by https://login.example";
  refused(Issuer().token(1h), "one that somebody else signed", kForged);
  refused(
      Issuer{.keys = {.secret = issuer.keys.open, .open = {}}, .algorithm = JWT_ALG_HS256}.token(
          1h),
      "one that is signed with the public key", kForged);
  refused(Issuer{.keys = {}, .algorithm = JWT_ALG_NONE}.token(1h), "one that nobody signed",
          kForged);
  std::string changed = issuer.token(1h);
  changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
  refused(changed, "one that was changed", kForged);

  const auto none = client.Greet(hello::GreetRequest(), 10s).get();
  check.that(none.status().code() == cpp_lite::Code::unauthenticated,
             "none at all: " + none.status().to_string());
  server.shutdown(1s);
  return check.exit_code();
}
