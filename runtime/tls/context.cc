#include "tls/context.h"

#include <openssl/err.h>

#include <string>

#include "tls/stream.h"

namespace cpp_lite::tls {
namespace {

// RFC 9113 appendix A forbids the rest of TLS 1.2.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
// The fastest first where there are instructions for AES; clients without them ask for ChaCha20
// first, and get it.
constexpr char kSuites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

Status failed(const std::string& what) {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* words = ERR_reason_error_string(error);
  return Status(Code::invalid_argument, "TLS: " + what + ": " + (words != nullptr ? words : "?"));
}

}  // namespace

void start_openssl() { OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, nullptr); }

SslCtx make_context(const SSL_METHOD* method, TlsVersion min_version) {
  SslCtx context(SSL_CTX_new(method));
  SSL_CTX* raw = context.get();
  if (raw == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(
      raw, min_version == TlsVersion::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(raw, kCiphers);
  SSL_CTX_set_ciphersuites(raw, kSuites);
  SSL_CTX_set_options(raw, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // An idle connection holds no buffers.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_info_callback(raw, &Stream::on_info);
  return context;
}

Status trust(SSL_CTX& context, const std::vector<Certificate>& roots) {
  X509_STORE* store = SSL_CTX_get_cert_store(&context);
  for (const Certificate& root : roots) {
    if (X509_STORE_add_cert(store, root.get()) != 1) {
      return failed("a trusted certificate cannot be used");
    }
  }
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
  return Status();
}

Status trust_as_the_system(SSL_CTX& context) {
  if (SSL_CTX_set_default_verify_paths(&context) == 1) return Status();
  return failed("the system's trusted certificates cannot be read");
}

Status show(SSL_CTX& context, const Identity& identity) {
  ERR_clear_error();
  bool good = SSL_CTX_use_certificate(&context, identity.chain.front().get()) == 1 &&
              SSL_CTX_use_PrivateKey(&context, identity.key.get()) == 1;
  for (std::size_t i = 1; good && i < identity.chain.size(); ++i) {
    good = SSL_CTX_add1_chain_cert(&context, identity.chain[i].get()) == 1;
  }
  // What is not given is not looked for among the roots either.
  SSL_CTX_set_mode(&context, SSL_MODE_NO_AUTO_CHAIN);
  return good ? Status() : failed("the certificate in " + identity.source + " cannot be used");
}

}  // namespace cpp_lite::tls
