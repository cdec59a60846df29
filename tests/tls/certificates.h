// Certificates made on the spot, so that none is kept and none expires.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "tls/openssl.h"

namespace tls_test {

// In PEM.
struct Issued {
  std::string certificate, key;
  std::string both() const { return certificate + key; }
};

struct Wanted {
  std::string common_name = "someone";
  std::string names = {};  // "DNS:a.test,URI:spiffe://test/a"; empty: no alternative names
  int from_days = -1, until_days = 1;
};

// Vouches for others.
class Authority {
 public:
  explicit Authority(const std::string& name);
  Issued issue(const Wanted& wanted) const;
  const std::string& certificate() const { return pem_; }

 private:
  cpp_lite::tls::Key key_;
  cpp_lite::tls::Certificate certificate_;
  std::string pem_;
};

// Vouched for by itself alone.
Issued issue_alone(const Wanted& wanted);

}  // namespace tls_test
