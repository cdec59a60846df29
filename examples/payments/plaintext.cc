// Built without cpp_lite::tls; else tls.cc is.
#include "transport.h"

namespace payments {

cpp_lite::Result<cpp_lite::ListenOptions> listen_options(const TransportFiles& files,
                                                         cpp_lite::ServerOptions&) {
  if (files.certificate.empty()) return cpp_lite::ListenOptions();
  return cpp_lite::Status(cpp_lite::Code::invalid_argument, "built without TLS");
}

}  // namespace payments
