// What a server's connections are made of: its certificates, and whom it asks for theirs.
#pragma once

#include <cpp_lite/status.h>
#include <cpp_lite/tls.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tls/openssl.h"
#include "tls/pem.h"

namespace cpp_lite::tls {

// Constant once made; shared by all connections that began under it.
class ServerRules {
 public:
  static Status make(const TlsServerOptions& options, std::shared_ptr<const ServerRules>& out);

  // Null if there is no memory.
  Ssl make_connection() const { return Ssl(SSL_new(contexts_.front().get())); }
  const BIO_METHOD* method() const { return method_.get(); }

 private:
  Status add(const TlsServerOptions& options, const TlsIdentity& from,
             const std::vector<Certificate>& client_roots);
  Status ask_clients(SSL_CTX& context, const TlsServerOptions& options,
                     const std::vector<Certificate>& roots) const;
  void learn_names(X509& certificate, SSL_CTX* context);
  SSL_CTX* context_for(std::string name) const;

  // OpenSSL's callbacks.
  static int on_hello(SSL* ssl, int* alert, void* self);
  static int on_name(SSL* ssl, int* alert, void* self);
  static int on_protocols(SSL* ssl, const unsigned char** chosen, unsigned char* size,
                          const unsigned char* offered, unsigned int offered_size, void* self);

  BioMethod method_;
  std::vector<SslCtx> contexts_;           // one for each certificate; the first is the default
  std::map<std::string, SSL_CTX*> names_;  // "a.test", "*.a.test"
};

}  // namespace cpp_lite::tls
