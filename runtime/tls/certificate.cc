#include "tls/certificate.h"

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string_view>
#include <vector>

namespace cpp_lite::tls {
namespace {

// A name that holds a zero byte or a line end is a trick.
bool is_plain(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f;
  });
}

std::string_view text_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

std::string address_of(const ASN1_OCTET_STRING* bytes) {
  char text[64];
  const unsigned char* at = ASN1_STRING_get0_data(bytes);
  if (ASN1_STRING_length(bytes) == 4) {
    std::snprintf(text, sizeof text, "%d.%d.%d.%d", at[0], at[1], at[2], at[3]);
    return text;
  }
  std::string all;
  for (int i = 0; ASN1_STRING_length(bytes) == 16 && i < 16; i += 2) {
    std::snprintf(text, sizeof text, "%s%x", i == 0 ? "" : ":", at[i] << 8 | at[i + 1]);
    all += text;
  }
  return all;
}

void add(std::vector<std::string>& names, std::string_view name) {
  if (is_plain(name)) names.emplace_back(name);
}

void read_names(X509& certificate, PeerCertificate& out) {
  const Names names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type == GEN_URI) add(out.uris, text_of(name->d.uniformResourceIdentifier));
    if (name->type == GEN_DNS) add(out.dns_names, text_of(name->d.dNSName));
    if (name->type == GEN_EMAIL) add(out.emails, text_of(name->d.rfc822Name));
    if (name->type == GEN_IPADD) add(out.addresses, address_of(name->d.iPAddress));
  }
  for (const auto* kind : {&out.uris, &out.dns_names, &out.emails, &out.addresses}) {
    if (out.name.empty() && !kind->empty()) out.name = kind->front();
  }
}

std::string common_name(X509_NAME* name) {
  const int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
  if (at < 0) return {};
  unsigned char* utf8 = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
  const Text owned(reinterpret_cast<char*>(utf8));
  return size > 0 ? std::string(owned.get(), static_cast<std::size_t>(size)) : std::string();
}

std::string der_of(X509& certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(&certificate, &bytes);
  const Text owned(reinterpret_cast<char*>(bytes));
  return size > 0 ? std::string(owned.get(), static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

std::shared_ptr<const PeerCertificate> read_certificate(X509& certificate) {
  auto out = std::make_shared<PeerCertificate>();
  out->subject = name_text(X509_get_subject_name(&certificate));
  out->issuer = name_text(X509_get_issuer_name(&certificate));
  out->common_name = common_name(X509_get_subject_name(&certificate));
  out->der = der_of(certificate);
  read_names(certificate, *out);
  return out;
}

std::string name_text(const X509_NAME* name) {
  const Bio bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : "no subject";
}

std::string time_text(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return "an unreadable time";
  char text[40];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

}  // namespace cpp_lite::tls
