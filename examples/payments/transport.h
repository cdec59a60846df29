// How a server's connections are made private: --tls-cert, --tls-key, --tls-client-ca.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/server.h>

#include <string>

namespace payments {

// PEM. Empty: plaintext; without client_authority nobody is asked who he is.
struct TransportFiles {
  std::string certificate, key, client_authority;
};

// Sets options.principal if the callers have certificates. INVALID_ARGUMENT if these files cannot
// be used here.
cpp_lite::Result<cpp_lite::ListenOptions> listen_options(const TransportFiles& files,
                                                         cpp_lite::ServerOptions& options);

}  // namespace payments
