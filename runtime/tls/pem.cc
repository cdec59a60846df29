#include "tls/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

namespace cpp_lite::tls {
namespace {

Status bad(const std::string& why) { return Status(Code::invalid_argument, "TLS: " + why); }

Status read_text(const Pem& pem, const std::string& what, std::string& out) {
  if (!pem.file.empty() && !pem.text.empty()) {
    return bad("the " + what + " is given as a file (" + pem.file + ") and as text");
  }
  if (pem.file.empty()) {
    out = pem.text;
    return Status();
  }
  std::ifstream in(pem.file, std::ios::binary);
  std::ostringstream all;
  if (!in || !(all << in.rdbuf())) {
    return bad("the " + what + " cannot be read from " + pem.file + ": " + std::strerror(errno));
  }
  out = all.str();
  return Status();
}

Bio reader(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// A key that wants a passphrase is refused instead of asked for.
int no_passphrase(char*, int, int, void*) { return -1; }

Status read_key(const Pem& pem, Key& out) {
  std::string text;
  if (Status status = read_text(pem, "private key", text); !status.ok()) return status;
  ERR_clear_error();
  out.reset(PEM_read_bio_PrivateKey(reader(text).get(), nullptr, &no_passphrase, nullptr));
  OPENSSL_cleanse(text.data(), text.size());
  if (out != nullptr) return Status();
  const bool locked = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_BAD_PASSWORD_READ ||
                      ERR_GET_REASON(ERR_peek_error()) == PEM_R_BAD_PASSWORD_READ;
  ERR_clear_error();
  return bad("the " + source_of(pem) +
             (locked ? " holds a private key that wants a passphrase" : " holds no private key"));
}

}  // namespace

std::string source_of(const Pem& pem) { return pem.file.empty() ? "PEM text" : "file " + pem.file; }

Status read_certificates(const Pem& pem, const std::string& what, std::vector<Certificate>& out) {
  std::string text;
  if (Status status = read_text(pem, what, text); !status.ok()) return status;
  const Bio in = reader(text);
  ERR_clear_error();
  while (X509* one = PEM_read_bio_X509(in.get(), nullptr, &no_passphrase, nullptr)) {
    out.emplace_back(one);
  }
  // The end of the text, or something broken in front of it.
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  if (out.empty())
    return bad("the " + source_of(pem) + " of the " + what + " holds no certificate");
  if (ERR_GET_REASON(error) != PEM_R_NO_START_LINE) {
    return bad("the " + source_of(pem) + " of the " + what + " is broken behind certificate " +
               std::to_string(out.size()));
  }
  return Status();
}

Status read_identity(const TlsIdentity& from, Identity& out) {
  if (from.chain.empty()) return bad("a private key needs its certificate");
  if (Status status = read_certificates(from.chain, "certificate", out.chain); !status.ok()) {
    return status;
  }
  const Pem& key = from.key.empty() ? from.chain : from.key;
  if (Status status = read_key(key, out.key); !status.ok()) return status;
  out.source = source_of(from.chain);
  if (X509_check_private_key(out.chain.front().get(), out.key.get()) == 1) return Status();
  ERR_clear_error();
  return bad("the private key in " + source_of(key) + " is not the one of the certificate in " +
             out.source);
}

}  // namespace cpp_lite::tls
