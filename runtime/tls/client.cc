// The client's credentials.
#include <cpp_lite/tls.h>
#include <openssl/err.h>

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tls/context.h"
#include "tls/handshakes.h"
#include "tls/memory_bio.h"
#include "tls/pem.h"
#include "tls/stream.h"

namespace cpp_lite::tls {
namespace {

constexpr std::size_t kMaxSessions = 256;

// "host" of "host:port", "[::1]:50051" and "host".
std::string host_of(const std::string& authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  const std::size_t colon = authority.find(':');
  return authority.find(':', colon + 1) == std::string::npos ? authority.substr(0, colon)
                                                             : authority;  // an IPv6 address
}

// What connections are made of until the next reload().
struct ClientRules {
  SslCtx context;
  BioMethod method;
};

Status make_rules(const TlsClientOptions& options, ClientRules& out) {
  out.method = MemoryBio::make_method();
  out.context = make_context(TLS_client_method(), options.min_version);
  if (out.context == nullptr || out.method == nullptr) {
    return Status(Code::resource_exhausted, "TLS: out of memory");
  }
  SSL_CTX& context = *out.context;
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER, &Stream::on_verify);
  SSL_CTX_set_alpn_protos(&context, kAlpn, sizeof kAlpn);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  if (options.resume) SSL_CTX_sess_set_new_cb(&context, &Stream::on_session);
  std::vector<Certificate> roots;
  Status status = options.roots.empty() ? trust_as_the_system(context)
                                        : read_certificates(options.roots, "roots", roots);
  if (status.ok()) status = trust(context, roots);
  if (!status.ok() || options.identity.empty()) return status;
  Identity identity;
  status = read_identity(options.identity, identity);
  return status.ok() ? show(context, identity) : status;
}

// Sessions by the name of their server; the latest of each. Guarded by its owner.
class Sessions {
 public:
  void put(const std::string& name, Session session) {
    if (sessions_.size() >= kMaxSessions && !sessions_.contains(name)) {
      sessions_.erase(sessions_.begin());
    }
    sessions_[name] = std::move(session);
  }
  SSL_SESSION* find(const std::string& name) const {
    const auto found = sessions_.find(name);
    if (found == sessions_.end() || SSL_SESSION_is_resumable(found->second.get()) != 1) {
      return nullptr;
    }
    X509* server = SSL_SESSION_get0_peer(found->second.get());
    const bool good = server != nullptr && X509_cmp_current_time(X509_get0_notAfter(server)) > 0;
    return good ? found->second.get() : nullptr;
  }
  void clear() { sessions_.clear(); }

 private:
  std::map<std::string, Session> sessions_;
};

class Client final : public TlsClient, public Party, public std::enable_shared_from_this<Client> {
 public:
  explicit Client(TlsClientOptions options) : options_(std::move(options)) { problem_ = reload(); }

  Status check() const override {
    const std::lock_guard lock(mutex_);
    return problem_;
  }

  Status reload() override {
    auto rules = std::make_shared<ClientRules>();
    if (Status status = make_rules(options_, *rules); !status.ok()) return status;
    const std::lock_guard lock(mutex_);
    rules_ = std::move(rules);
    problem_ = Status();
    sessions_.clear();
    return Status();
  }

  TlsStats stats() const override { return handshakes_.stats(); }

  std::unique_ptr<h2::Transport> secure(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                        const std::string& authority) override {
    Parts parts;
    parts.party = shared_from_this();
    parts.expected.min_version = options_.min_version;
    parts.expected.name = options_.server_name.empty() ? host_of(authority) : options_.server_name;
    parts.expected.roots = options_.roots.empty() ? "the system" : source_of(options_.roots);
    parts.session_name = authority;
    std::shared_ptr<const ClientRules> rules;
    {
      const std::lock_guard lock(mutex_);
      rules = rules_;
      if (rules != nullptr) {
        parts.ssl.reset(SSL_new(rules->context.get()));
        SSL_SESSION* session = sessions_.find(authority);
        if (session != nullptr && parts.ssl != nullptr) SSL_set_session(parts.ssl.get(), session);
      }
    }
    if (rules != nullptr) parts.method = rules->method.get();
    if (parts.ssl != nullptr && !expect(*parts.ssl, parts.expected.name)) parts.ssl = nullptr;
    parts.rules = std::move(rules);
    return make_transport(loop, std::move(bare), std::move(parts));
  }

  // Party.
  void completed(bool resumed) override { handshakes_.completed(resumed); }
  void failed(const std::string&, const std::string&, SteadyTime, const LogFunction&) override {
    handshakes_.failed();  // the calls say why
  }
  void keep(const void* rules, const std::string& name, Session session) override {
    const std::lock_guard lock(mutex_);
    if (rules == rules_.get()) sessions_.put(name, std::move(session));
  }

 private:
  // RFC 9525: alternative names alone, and wildcards only as a whole label.
  static bool expect(SSL& ssl, const std::string& name) {
    X509_VERIFY_PARAM* rules = SSL_get0_param(&ssl);
    X509_VERIFY_PARAM_set_hostflags(
        rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return true;
    ERR_clear_error();
    // The dot of a name that is absolute is not part of it (RFC 6066 3).
    const std::string host = name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
    return SSL_set1_host(&ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(&ssl, host.c_str()) == 1;
  }

  const TlsClientOptions options_;
  Handshakes handshakes_;
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  Status problem_;
  std::shared_ptr<const ClientRules> rules_;  // null: there is a problem
  Sessions sessions_;
};

}  // namespace
}  // namespace cpp_lite::tls

namespace cpp_lite {

std::shared_ptr<TlsClient> tls_client(TlsClientOptions options) {
  tls::start_openssl();
  return std::make_shared<tls::Client>(std::move(options));
}

}  // namespace cpp_lite
