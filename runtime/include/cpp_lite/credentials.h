// How connections are made private, and what a peer proved about itself: the place that a component
// such as cpp_lite::tls fills (tls.h).
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/log.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cpp_lite {

namespace h2 {
class Transport;
}

// A certificate that was verified: its chain ends at a root that is trusted, it is within its time
// and meant for this use. Names with control characters are left out.
struct PeerCertificate {
  std::string subject, issuer;  // "CN=ledger,O=Acme" (RFC 2253)
  std::string common_name;
  // The subject's alternative names.
  std::vector<std::string> uris, dns_names, emails, addresses;
  std::string der;  // the whole of it, for those who want more
  // Who it is, in one name: the first URI (SPIFFE ids are URIs), or else the first DNS name, mail
  // address or IP address. Empty for a certificate without alternative names: a common name says
  // nothing reliable.
  std::string name;
};

// What a channel needs to make its connections private. Thread-safe; may be shared by channels.
class CPP_LITE_API ClientCredentials {
 public:
  // What is wrong with what they were made of; calls then end with it.
  virtual Status check() const = 0;
  // Wraps a connection that was not started. `authority` is "host:port" of the target.
  virtual std::unique_ptr<h2::Transport> secure(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                                const std::string& authority) = 0;
  virtual ~ClientCredentials() = default;
};

// The same for a server that listens. Thread-safe; may be shared by servers.
class CPP_LITE_API ServerCredentials {
 public:
  virtual Status check() const = 0;
  // `log` hears of handshakes that fail.
  virtual std::unique_ptr<h2::Transport> secure(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                                const LogFunction& log) = 0;
  virtual ~ServerCredentials() = default;
};

}  // namespace cpp_lite
