#include "tls/certificates.h"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cstdlib>

namespace tls_test {
namespace {

using cpp_lite::tls::Bio;
using cpp_lite::tls::Certificate;
using cpp_lite::tls::Key;

std::string text_of(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string to_pem(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate);
  return text_of(bio.get());
}

std::string to_pem(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return text_of(bio.get());
}

void extend(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) std::abort();
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void name(X509_NAME* to, const std::string& common_name) {
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.c_str());
  X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_UTF8, text, -1, -1, 0);
}

// Without issuer and signature.
Certificate prepare(const Wanted& wanted, EVP_PKEY* key, bool vouches) {
  constexpr long kDay = 24 * 60 * 60;
  Certificate made(X509_new());
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  X509_set_version(made.get(), X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial | 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), wanted.from_days * kDay);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), wanted.until_days * kDay);
  name(X509_get_subject_name(made.get()), wanted.common_name);
  X509_set_pubkey(made.get(), key);
  extend(made.get(), NID_basic_constraints, vouches ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (!wanted.names.empty()) extend(made.get(), NID_subject_alt_name, wanted.names);
  return made;
}

void sign(X509* certificate, const X509_NAME* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(certificate, issuer);
  if (X509_sign(certificate, key, EVP_sha256()) == 0) std::abort();
}

}  // namespace

Authority::Authority(const std::string& name)
    : key_(EVP_EC_gen("P-256")), certificate_(prepare({.common_name = name}, key_.get(), true)) {
  sign(certificate_.get(), X509_get_subject_name(certificate_.get()), key_.get());
  pem_ = to_pem(certificate_.get());
}

Issued Authority::issue(const Wanted& wanted) const {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = prepare(wanted, key.get(), false);
  sign(made.get(), X509_get_subject_name(certificate_.get()), key_.get());
  return {to_pem(made.get()), to_pem(key.get())};
}

Issued issue_alone(const Wanted& wanted) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate made = prepare(wanted, key.get(), false);
  sign(made.get(), X509_get_subject_name(made.get()), key.get());
  return {to_pem(made.get()), to_pem(key.get())};
}

}  // namespace tls_test
