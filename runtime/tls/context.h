// The rules of our connections, as OpenSSL takes them.
#pragma once

#include <cpp_lite/status.h>
#include <cpp_lite/tls.h>

#include <vector>

#include "tls/openssl.h"
#include "tls/pem.h"

namespace cpp_lite::tls {

// HTTP/2 in ALPN's form.
inline constexpr unsigned char kAlpn[] = {2, 'h', '2'};

// To be called before anything else of OpenSSL's: the program's exit does not free what threads of
// the library may be using still, a loop whose last connection ends beside main() for one.
void start_openssl();

// TLS 1.2 or 1.3, ciphers that RFC 9113 allows, no compression, no renegotiation; and the callbacks
// of Stream. Null if there is no memory.
SslCtx make_context(const SSL_METHOD* method, TlsVersion min_version);
// Whoever these certificates vouch for is trusted, be they roots or not.
Status trust(SSL_CTX& context, const std::vector<Certificate>& roots);
Status trust_as_the_system(SSL_CTX& context);
Status show(SSL_CTX& context, const Identity& identity);

}  // namespace cpp_lite::tls
