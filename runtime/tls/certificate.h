// What stands in a certificate.
#pragma once

#include <cpp_lite/credentials.h>

#include <memory>
#include <string>

#include "tls/openssl.h"

namespace cpp_lite::tls {

std::shared_ptr<const PeerCertificate> read_certificate(X509& certificate);
// "CN=ledger,O=Acme", for people.
std::string name_text(const X509_NAME* name);
// "2026-11-22 01:02:03 UTC".
std::string time_text(const ASN1_TIME* time);

}  // namespace cpp_lite::tls
