// Why a certificate or a connection was refused, in words that name it.
#pragma once

#include <cpp_lite/tls.h>

#include <string>

#include "h2/session.h"
#include "tls/openssl.h"

namespace cpp_lite::tls {

// What a connection is to be like.
struct Expected {
  h2::Side side = h2::Side::client;  // ours
  TlsVersion min_version = TlsVersion::tls_1_2;
  std::string name;   // client: what the server's certificate has to be for
  std::string roots;  // who may vouch for the peer: "file ca.pem"

  const char* peer() const { return side == h2::Side::client ? "the server" : "the client"; }
};

// What OpenSSL found wrong with the peer's certificate, or one above it.
std::string explain_certificate(X509_STORE_CTX& verification, const Expected& expected);
// A certificate that was good when the session began that is resumed now; empty: it still is.
std::string explain_age(const X509& certificate, const Expected& expected);
// OpenSSL's errors of this thread, which are forgotten. `certificate` is what was found wrong with
// the peer's.
std::string explain_error(const Expected& expected, const std::string& certificate);

}  // namespace cpp_lite::tls
