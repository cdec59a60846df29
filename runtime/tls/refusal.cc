#include "tls/refusal.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls/certificate.h"

namespace cpp_lite::tls {
namespace {

std::string joined(const PeerCertificate& certificate) {
  std::string all;
  for (const auto* names : {&certificate.dns_names, &certificate.addresses}) {
    for (const std::string& name : *names) all += (all.empty() ? "" : ", ") + name;
  }
  return all.empty() ? "no name at all" : all;
}

// "the server's certificate (CN=a)", or the one above it that is at fault.
std::string which(X509_STORE_CTX& verification, const X509* at_fault, const Expected& expected) {
  const int depth = X509_STORE_CTX_get_error_depth(&verification);
  std::string words = std::string(expected.peer()) + "'s certificate";
  if (depth > 0) words = "a certificate above " + words;
  return words + " (" + name_text(X509_get_subject_name(at_fault)) + ")";
}

std::string untrusted(int error, const Expected& expected) {
  return std::string(" is not trusted by ") + expected.roots + ": " +
         X509_verify_cert_error_string(error);
}

// What the peer's alert tells about our part.
std::string alert_hint(int alert, const Expected& expected) {
  const bool client = expected.side == h2::Side::client;
  switch (alert) {
    case SSL_AD_CERTIFICATE_REQUIRED:
      return "it wants a client certificate";
    case SSL_AD_HANDSHAKE_FAILURE:
      return client ? "it may want a client certificate, or another cipher suite" : "";
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_BAD_CERTIFICATE:
      return "it does not trust our certificate";
    case SSL_AD_CERTIFICATE_EXPIRED:
      return "our certificate has expired, it says";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
      return "it does not speak HTTP/2 here";
    case SSL_AD_PROTOCOL_VERSION:
      return "it wants another version of TLS";
    default:
      return "";
  }
}

// OpenSSL's table ends before TLS 1.3.
const char* alert_name(int alert) {
  if (alert == SSL_AD_CERTIFICATE_REQUIRED) return "certificate required";
  if (alert == SSL_AD_NO_APPLICATION_PROTOCOL) return "no application protocol";
  return SSL_alert_desc_string_long(alert);
}

std::string explain_alert(int alert, const Expected& expected) {
  const std::string words = std::string(expected.peer()) + " refused: alert \"" +
                            alert_name(alert) + "\" (" + std::to_string(alert) + ")";
  const std::string hint = alert_hint(alert, expected);
  return hint.empty() ? words : words + ", " + hint;
}

std::string explain_reason(int reason, const Expected& expected) {
  const std::string peer = expected.peer();
  switch (reason) {
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return peer + " showed no certificate, and has to";
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_WRONG_SSL_VERSION:
      return peer + " speaks no version of TLS from " +
             (expected.min_version == TlsVersion::tls_1_3 ? "1.3" : "1.2") + " up";
    case SSL_R_NO_SHARED_CIPHER:
      return "no cipher suite in common with " + peer;
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return peer + " does not speak TLS";
    case SSL_R_NO_RENEGOTIATION:
      return "renegotiation refused, which HTTP/2 forbids (RFC 9113 9.2.1)";
    case SSL_R_CALLBACK_FAILED:
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return peer + " does not offer HTTP/2 (ALPN \"h2\")";
    default:
      return "";
  }
}

}  // namespace

std::string explain_certificate(X509_STORE_CTX& verification, const Expected& expected) {
  const int error = X509_STORE_CTX_get_error(&verification);
  X509* at_fault = X509_STORE_CTX_get_current_cert(&verification);
  if (at_fault == nullptr) return X509_verify_cert_error_string(error);
  const std::string words = which(verification, at_fault, expected);
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return words + " expired on " + time_text(X509_get0_notAfter(at_fault));
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return words + " is not valid before " + time_text(X509_get0_notBefore(at_fault));
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return words + " is for " + joined(*read_certificate(*at_fault)) + ", not for " +
             expected.name;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return words + untrusted(error, expected);
    default:
      return words + " is refused: " + X509_verify_cert_error_string(error);
  }
}

std::string explain_age(const X509& certificate, const Expected& expected) {
  const ASN1_TIME* end = X509_get0_notAfter(&certificate);
  if (X509_cmp_current_time(end) > 0) return "";
  return std::string(expected.peer()) + "'s certificate (" +
         name_text(X509_get_subject_name(&certificate)) + ") expired on " + time_text(end);
}

std::string explain_error(const Expected& expected, const std::string& certificate) {
  const unsigned long error = ERR_peek_error();
  ERR_clear_error();
  if (!certificate.empty()) return certificate;
  if (error == 0) return "failed without a reason";
  const int reason = ERR_GET_REASON(error);
  const bool of_ssl = ERR_GET_LIB(error) == ERR_LIB_SSL;
  if (of_ssl && reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    return explain_alert(reason - SSL_AD_REASON_OFFSET, expected);
  }
  const std::string known = of_ssl ? explain_reason(reason, expected) : "";
  if (!known.empty()) return known;
  const char* words = ERR_reason_error_string(error);
  return words != nullptr ? words : "error " + std::to_string(error);
}

}  // namespace cpp_lite::tls
