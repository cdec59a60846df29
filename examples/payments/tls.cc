// Built with cpp_lite::tls; else plaintext.cc is.
#include <cpp_lite/tls.h>

#include <utility>

#include "transport.h"

namespace payments {

cpp_lite::Result<cpp_lite::ListenOptions> listen_options(const TransportFiles& files,
                                                         cpp_lite::ServerOptions& options) {
  if (files.certificate.empty()) return cpp_lite::ListenOptions();
  cpp_lite::TlsServerOptions tls;
  tls.certificates = {{.chain = {.file = files.certificate}, .key = {.file = files.key}}};
  if (!files.client_authority.empty()) {
    tls.client_certificates = cpp_lite::ClientCertificates::required;
    tls.client_roots.file = files.client_authority;
    options.principal = cpp_lite::certificate_principal;
  }
  return cpp_lite::ListenOptions{.tls = cpp_lite::tls_server(std::move(tls))};
}

}  // namespace payments
