// Certificates and keys out of PEM.
#pragma once

#include <cpp_lite/status.h>
#include <cpp_lite/tls.h>

#include <string>
#include <vector>

#include "tls/openssl.h"

namespace cpp_lite::tls {

// A certificate, those that vouch for it, and its key.
struct Identity {
  std::vector<Certificate> chain;  // its own first
  Key key;
  std::string source;  // "certificate file a.pem": for errors
};

// "file a.pem", or "PEM text".
std::string source_of(const Pem& pem);
// INVALID_ARGUMENT says which file, and what about it.
Status read_certificates(const Pem& pem, const std::string& what, std::vector<Certificate>& out);
Status read_identity(const TlsIdentity& from, Identity& out);

}  // namespace cpp_lite::tls
