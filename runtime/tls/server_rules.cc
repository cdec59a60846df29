#include "tls/server_rules.h"

#include <openssl/err.h>

#include <algorithm>
#include <utility>

#include "tls/certificate.h"
#include "tls/context.h"
#include "tls/memory_bio.h"
#include "tls/stream.h"

namespace cpp_lite::tls {
namespace {

constexpr long kSessionSeconds = 3600;
constexpr unsigned char kSessionContext[] = "cpp-lite";

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Status not_served(const std::string& why) { return Status(Code::invalid_argument, "TLS: " + why); }

}  // namespace

Status ServerRules::make(const TlsServerOptions& options, std::shared_ptr<const ServerRules>& out) {
  if (options.certificates.empty()) return not_served("a server needs a certificate");
  const bool asks = options.client_certificates != ClientCertificates::none;
  if (asks != !options.client_roots.empty()) {
    return not_served(asks ? "client certificates are asked for, and client_roots is empty"
                           : "client_roots is given, and client_certificates asks for none");
  }
  std::vector<Certificate> roots;
  if (asks) {
    Status status = read_certificates(options.client_roots, "roots of clients", roots);
    if (!status.ok()) return status;
  }
  const auto made = std::make_shared<ServerRules>();
  made->method_ = MemoryBio::make_method();
  for (const TlsIdentity& identity : options.certificates) {
    if (Status status = made->add(options, identity, roots); !status.ok()) return status;
  }
  out = made;
  return Status();
}

Status ServerRules::add(const TlsServerOptions& options, const TlsIdentity& from,
                        const std::vector<Certificate>& client_roots) {
  Identity identity;
  if (Status status = read_identity(from, identity); !status.ok()) return status;
  SslCtx context = make_context(TLS_server_method(), options.min_version);
  if (context == nullptr || method_ == nullptr) {
    return Status(Code::resource_exhausted, "TLS: out of memory");
  }
  SSL_CTX* raw = context.get();
  if (Status status = show(*raw, identity); !status.ok()) return status;
  if (Status status = ask_clients(*raw, options, client_roots); !status.ok()) return status;
  // What may be resumed is in the hands of the clients, sealed with keys of this context's own.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(raw, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_timeout(raw, kSessionSeconds);
  SSL_CTX_set_num_tickets(raw, options.resume ? 1 : 0);
  if (!options.resume) SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_client_hello_cb(raw, &on_hello, nullptr);
  SSL_CTX_set_alpn_select_cb(raw, &on_protocols, nullptr);
  SSL_CTX_set_tlsext_servername_callback(raw, &on_name);
  SSL_CTX_set_tlsext_servername_arg(raw, this);
  contexts_.push_back(std::move(context));
  learn_names(*identity.chain.front(), raw);
  return Status();
}

Status ServerRules::ask_clients(SSL_CTX& context, const TlsServerOptions& options,
                                const std::vector<Certificate>& roots) const {
  if (options.client_certificates == ClientCertificates::none) return Status();
  int mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;
  if (options.client_certificates == ClientCertificates::required) {
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  SSL_CTX_set_verify(&context, mode, &Stream::on_verify);
  for (const Certificate& root : roots) SSL_CTX_add_client_CA(&context, root.get());
  return trust(context, roots);
}

// Where two certificates have a name, the first one does.
void ServerRules::learn_names(X509& certificate, SSL_CTX* context) {
  const auto known = read_certificate(certificate);
  for (const std::string& name : known->dns_names) {
    names_.emplace(lower(name), context);
  }
}

SSL_CTX* ServerRules::context_for(std::string name) const {
  name = lower(std::move(name));
  auto found = names_.find(name);
  const std::size_t dot = name.find('.');
  if (found == names_.end() && dot != std::string::npos) {
    found = names_.find(name.replace(0, dot, 1, '*'));
  }
  return found != names_.end() ? found->second : contexts_.front().get();
}

// on_protocols() is not called for a client that offers no protocols at all.
int ServerRules::on_hello(SSL* ssl, int* alert, void*) {
  const unsigned char* extension = nullptr;
  std::size_t size = 0;
  constexpr auto kType = TLSEXT_TYPE_application_layer_protocol_negotiation;
  if (SSL_client_hello_get0_ext(ssl, kType, &extension, &size) == 1)
    return SSL_CLIENT_HELLO_SUCCESS;
  *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
  return SSL_CLIENT_HELLO_ERROR;
}

int ServerRules::on_name(SSL* ssl, int*, void* self) {
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr) return SSL_TLSEXT_ERR_NOACK;
  SSL_set_SSL_CTX(ssl, static_cast<const ServerRules*>(self)->context_for(name));
  return SSL_TLSEXT_ERR_OK;
}

int ServerRules::on_protocols(SSL*, const unsigned char** chosen, unsigned char* size,
                              const unsigned char* offered, unsigned int offered_size, void*) {
  for (unsigned int at = 0; at < offered_size; at += 1U + offered[at]) {
    if (offered[at] != 2 || at + 2 >= offered_size) continue;
    if (offered[at + 1] != 'h' || offered[at + 2] != '2') continue;
    *chosen = offered + at + 1;
    *size = 2;
    return SSL_TLSEXT_ERR_OK;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace cpp_lite::tls
