// The server's credentials.
#include <cpp_lite/handler.h>
#include <cpp_lite/tls.h>

#include <atomic>
#include <mutex>
#include <string>
#include <utility>

#include "tls/context.h"
#include "tls/handshakes.h"
#include "tls/pem.h"
#include "tls/server_rules.h"
#include "tls/stream.h"

namespace cpp_lite::tls {
namespace {

// Who knocks often does not fill the log.
constexpr std::chrono::seconds kBetweenWarnings{1};

class ServerSide final : public TlsServer,
                         public Party,
                         public std::enable_shared_from_this<ServerSide> {
 public:
  explicit ServerSide(TlsServerOptions options) : options_(std::move(options)) {
    problem_ = reload();
  }

  Status check() const override {
    const std::lock_guard lock(mutex_);
    return problem_;
  }

  Status reload() override {
    const std::unique_lock lock(mutex_);
    TlsServerOptions same = options_;
    return use(std::move(same));
  }

  Status reload(TlsServerOptions options) override {
    const std::lock_guard lock(mutex_);
    return use(std::move(options));
  }

  TlsStats stats() const override { return handshakes_.stats(); }

  std::unique_ptr<h2::Transport> secure(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                        const LogFunction& log) override {
    Parts parts;
    parts.party = shared_from_this();
    parts.log = log;
    parts.expected.side = h2::Side::server;
    std::shared_ptr<const ServerRules> rules;
    {
      const std::lock_guard lock(mutex_);
      rules = rules_;
      parts.expected.min_version = options_.min_version;
      if (!options_.client_roots.empty()) parts.expected.roots = source_of(options_.client_roots);
    }
    if (rules != nullptr) {
      parts.ssl = rules->make_connection();
      parts.method = rules->method();
    }
    parts.rules = std::move(rules);
    return make_transport(loop, std::move(bare), std::move(parts));
  }

  // Party.
  void completed(bool resumed) override { handshakes_.completed(resumed); }
  void failed(const std::string& peer, const std::string& why, SteadyTime now,
              const LogFunction& log) override {
    handshakes_.failed();
    if (why.empty() || !log) return;
    const auto time = now.time_since_epoch().count();
    auto next = next_warning_.load(std::memory_order_relaxed);
    const auto after = (now + kBetweenWarnings).time_since_epoch().count();
    const bool first = time >= next && next_warning_.compare_exchange_strong(next, after);
    log(first ? LogLevel::warning : LogLevel::info,
        "the TLS handshake with " + peer + " failed: " + why);
  }
  void keep(const void*, const std::string&, Session) override {}

 private:
  Status use(TlsServerOptions options) {
    std::shared_ptr<const ServerRules> rules;
    if (Status status = ServerRules::make(options, rules); !status.ok()) return status;
    options_ = std::move(options);
    rules_ = std::move(rules);
    problem_ = Status();
    return Status();
  }

  Handshakes handshakes_;
  std::atomic<SteadyTime::rep> next_warning_{SteadyTime::min().time_since_epoch().count()};
  mutable std::mutex mutex_;
  // Guarded by mutex_.
  TlsServerOptions options_;
  Status problem_;
  std::shared_ptr<const ServerRules> rules_;  // null: there is a problem
};

}  // namespace
}  // namespace cpp_lite::tls

namespace cpp_lite {

std::shared_ptr<TlsServer> tls_server(TlsServerOptions options) {
  tls::start_openssl();
  return std::make_shared<tls::ServerSide>(std::move(options));
}

Principal certificate_principal(const ServerContext& context) {
  const PeerCertificate* certificate = context.certificate();
  if (certificate == nullptr || certificate->name.empty()) return {};
  return {.issuer = "certificate", .subject = certificate->name};
}

}  // namespace cpp_lite
