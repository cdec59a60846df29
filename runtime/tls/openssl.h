// OpenSSL's objects, owned.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace cpp_lite::tls {

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

inline void free_text(char* text) { OPENSSL_free(text); }

using Ssl = std::unique_ptr<SSL, Free<&SSL_free>>;
using SslCtx = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;
using Session = std::unique_ptr<SSL_SESSION, Free<&SSL_SESSION_free>>;
using Bio = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using BioMethod = std::unique_ptr<BIO_METHOD, Free<&BIO_meth_free>>;
using Certificate = std::unique_ptr<X509, Free<&X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Free<&GENERAL_NAMES_free>>;
using Text = std::unique_ptr<char, Free<&free_text>>;

}  // namespace cpp_lite::tls
