// TLS and mutual TLS on OpenSSL, for channels and servers. Component cpp_lite::tls of the CMake
// package; without it the library knows nothing of OpenSSL.
//
//   auto channel = connect("dns:///payments:443", {.tls = tls_client()});
//   server.listen("0.0.0.0:443", {.tls = tls_server({.certificates = {{.chain = {.file = "a.pem"},
//                                                                      .key = {.file =
//                                                                      "a.key"}}}})});
#pragma once

#include <cpp_lite/credentials.h>
#include <cpp_lite/export.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cpp_lite {

// PEM from a file, or as text; not both.
struct Pem {
  std::string file = {};
  std::string text = {};
  bool empty() const { return file.empty() && text.empty(); }
};

// A certificate with those that vouch for it, its own first, and its private key (without a
// passphrase). One file may hold both.
struct TlsIdentity {
  Pem chain = {};
  Pem key = {};  // empty: beside the chain
  bool empty() const { return chain.empty() && key.empty(); }
};

enum class TlsVersion : std::uint8_t { tls_1_2, tls_1_3 };

struct TlsClientOptions {
  Pem roots = {};             // who may vouch for servers; empty: whom the system trusts
  TlsIdentity identity = {};  // for servers that ask; empty: none
  std::string server_name =
      {};  // what the server's certificate must be for; empty: the target's host
  TlsVersion min_version = TlsVersion::tls_1_2;
  bool resume = true;  // later connections to a server are spared most of the handshake
};

// Whether a server wants certificates of its clients.
enum class ClientCertificates : std::uint8_t {
  none,      // does not ask
  optional,  // asks; one that does not convince is refused, none is not
  required,
};

struct TlsServerOptions {
  // Chosen by the name that the client asks for, as their DNS names say (wildcards, too). The first
  // is for clients that ask for no name, or for one that none of them has.
  std::vector<TlsIdentity> certificates = {};
  ClientCertificates client_certificates = ClientCertificates::none;
  Pem client_roots = {};  // who may vouch for clients; must be given if they are asked
  TlsVersion min_version = TlsVersion::tls_1_2;
  bool resume = true;
};

// Counters of handshakes since the credentials were made.
struct TlsStats {
  std::uint64_t completed = 0;  // the resumed ones included
  std::uint64_t resumed = 0;
  std::uint64_t failed = 0;
};

class CPP_LITE_API TlsClient : public ClientCredentials {
 public:
  // Reads the files again, for connections from now on; those that are open go on. If something is
  // wrong, says what, and nothing changes.
  virtual Status reload() = 0;
  virtual TlsStats stats() const = 0;
};

class CPP_LITE_API TlsServer : public ServerCredentials {
 public:
  // As for clients. Nothing that was remembered for resumption counts afterwards.
  virtual Status reload() = 0;
  // Likewise, with other files or texts.
  virtual Status reload(TlsServerOptions options) = 0;
  virtual TlsStats stats() const = 0;
};

// Never null and never fail: what is wrong is said by check(), that is, by calls and by listen().
// A server speaks HTTP/2 alone (ALPN "h2"): clients that do not offer that are refused.
CPP_LITE_API std::shared_ptr<TlsClient> tls_client(TlsClientOptions options = {});
CPP_LITE_API std::shared_ptr<TlsServer> tls_server(TlsServerOptions options);

// For ServerOptions::principal: who calls is who the certificate is for (PeerCertificate::name),
// so that keys belong to that name. Not for certificates that each instance of a client has for
// itself: its repetitions from elsewhere would be another caller's.
CPP_LITE_API Principal certificate_principal(const ServerContext& context);

}  // namespace cpp_lite
