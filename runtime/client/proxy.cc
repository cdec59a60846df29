#include "client/proxy.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include "io/no_proxy.h"
#include "io/tunnel.h"
#include "wire/base64.h"
#include "wire/headers.h"

namespace cpp_lite::client {
namespace {

// ---- Which proxy.

std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::uint8_t byte = 0;
    const char* const digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      plain += static_cast<char>(byte);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

const char* look_up(const Environment& environment, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = environment(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return nullptr;
}

bool is_exempt(std::string_view list, const io::Target& target) {
  if (target.endpoints.empty()) return io::is_listed(list, target.host, target.port);
  return std::ranges::all_of(target.endpoints, [list](const io::Endpoint& endpoint) {
    return io::is_listed(list, endpoint.address, endpoint.port);
  });
}

bool is_socket_file(const io::Target& target) {
  return !target.endpoints.empty() && target.endpoints.front().kind == io::Endpoint::Kind::local;
}

Status about(std::string_view whose, const Status& wrong) {
  return Status(Code::invalid_argument, std::string(whose) + ": " + wrong.message());
}

// ---- Through the proxy.

// One peer, as the proxy and as we call it.
struct Destination {
  std::string authority;  // "host:port"
  std::string name;
};

std::string in_brackets(const std::string& host) {
  return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::vector<Destination> destinations(const io::Target& target) {
  std::vector<Destination> all;
  for (const io::Endpoint& endpoint : target.endpoints) {
    all.push_back({in_brackets(endpoint.address) + ":" + std::to_string(endpoint.port),
                   endpoint.to_string()});
  }
  if (all.empty()) {
    const std::string authority = target.host + ":" + std::to_string(target.port);
    all.push_back({authority, "dns:" + authority});
  }
  return all;
}

// RFC 9110 9.3.6, RFC 7617.
std::string connect_request(const std::string& authority, const std::string& credentials) {
  std::string text = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority +
                     "\r\nUser-Agent: " + std::string(wire::kUserAgent) + "\r\n";
  if (!credentials.empty()) {
    std::string encoded;
    wire::base64_encode(credentials, encoded);
    encoded.append((4 - encoded.size() % 4) % 4, '=');
    text += "Proxy-Authorization: Basic " + encoded + "\r\n";
  }
  return text + "\r\n";
}

// From dialing the proxy to its answer.
class Passage final : public io::Operation {
 public:
  Passage(Loop& loop, Destination destination, std::string request, Dialer::Dialed callback)
      : loop_(loop),
        destination_(std::move(destination)),
        request_(std::move(request)),
        callback_(std::move(callback)),
        timer_(loop) {}

  void begin(const std::shared_ptr<Loop>& loop, Dialer& to_proxy, std::size_t way,
             SteadyTime give_up_at) {
    timer_.start(give_up_at,
                 [this] { finish(Status(Code::unavailable, "no answer from the proxy in time")); });
    dialing_ = to_proxy.dial(loop, way, give_up_at,
                             [this](Status status, std::unique_ptr<h2::Transport> transport) {
                               dialed(std::move(status), std::move(transport));
                             });
  }

 private:
  void dialed(Status status, std::unique_ptr<h2::Transport> transport) {
    if (transport == nullptr) {
      return finish(Status(status.code(), "the proxy cannot be reached: " + status.message()));
    }
    tunnel_ = std::make_unique<io::Tunnel>(loop_, std::move(transport), destination_.name);
    tunnel_->open(request_, [this](Status opened) { finish(std::move(opened)); });
  }

  // The last thing that is done: it may be the end of this object.
  void finish(Status status) {
    timer_.stop();
    std::unique_ptr<io::Tunnel> tunnel = std::move(tunnel_);
    if (!status.ok()) tunnel.reset();
    const Dialer::Dialed callback = std::move(callback_);
    callback(std::move(status), std::move(tunnel));
  }

  Loop& loop_;
  const Destination destination_;
  const std::string request_;
  Dialer::Dialed callback_;
  Timer timer_;
  std::unique_ptr<io::Operation> dialing_;
  std::unique_ptr<io::Tunnel> tunnel_;
};

// Each way is one to the proxy, and on to one of the destinations.
class ProxyDialer final : public Dialer {
 public:
  ProxyDialer(std::unique_ptr<Dialer> to_proxy, std::string credentials,
              std::vector<Destination> destinations)
      : to_proxy_(std::move(to_proxy)),
        credentials_(std::move(credentials)),
        destinations_(std::move(destinations)) {}

  std::unique_ptr<io::Operation> resolve(const std::shared_ptr<Loop>& loop,
                                         Resolved callback) override {
    return to_proxy_->resolve(
        loop, [this, callback = std::move(callback)](Status status, std::size_t ways) {
          callback(std::move(status), ways * destinations_.size());
        });
  }

  std::unique_ptr<io::Operation> dial(const std::shared_ptr<Loop>& loop, std::size_t way,
                                      SteadyTime give_up_at, Dialed callback) override {
    const Destination& destination = to(way);
    auto passage = std::make_unique<Passage>(*loop, destination,
                                             connect_request(destination.authority, credentials_),
                                             std::move(callback));
    passage->begin(loop, *to_proxy_, way / destinations_.size(), give_up_at);
    return passage;
  }

  std::string endpoint(std::size_t way) const override { return to(way).name; }
  std::unique_ptr<Dialer> sole(std::size_t way) const override {
    return std::make_unique<ProxyDialer>(to_proxy_->sole(way / destinations_.size()), credentials_,
                                         std::vector{to(way)});
  }

 private:
  const Destination& to(std::size_t way) const { return destinations_[way % destinations_.size()]; }

  const std::unique_ptr<Dialer> to_proxy_;
  const std::string credentials_;
  const std::vector<Destination> destinations_;
};

}  // namespace

Status parse_proxy(std::string_view text, Proxy& proxy) {
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    const std::string_view name = text.substr(0, scheme);
    if (name != "http") {
      return Status(
          Code::invalid_argument,
          "a proxy is spoken to in plain HTTP, http://host:port, not '" + std::string(name) + "'");
    }
    text.remove_prefix(scheme + 3);
  }
  text = text.substr(0, text.find('/'));
  Proxy parsed;
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    parsed.credentials = unescaped(text.substr(0, at));
    text.remove_prefix(at + 1);
  }
  constexpr std::uint16_t kHttp = 80;
  Status status = io::parse_target(std::string("dns:///").append(text), parsed.at, kHttp);
  if (!status.ok()) return Status(Code::invalid_argument, "no proxy: " + status.message());
  proxy = std::move(parsed);
  return status;
}

Status choose_proxy(const std::optional<std::string>& given, const io::Target& target,
                    const Environment& environment, std::optional<Proxy>& proxy) {
  proxy.reset();
  if (given.has_value()) {
    if (given->empty()) return Status();
    if (is_socket_file(target)) {
      return Status(Code::invalid_argument, ".proxy: no proxy leads to a unix socket");
    }
    Status status = parse_proxy(*given, proxy.emplace());
    return status.ok() ? status : about(".proxy", status);
  }
  const char* const named = look_up(environment, {"https_proxy", "HTTPS_PROXY"});
  if (named == nullptr || target.is_local()) return Status();
  const char* const exempt = look_up(environment, {"no_proxy", "NO_PROXY"});
  if (exempt != nullptr && is_exempt(exempt, target)) return Status();
  Status status = parse_proxy(named, proxy.emplace());
  return status.ok() ? status : about("https_proxy in the environment", status);
}

std::unique_ptr<Dialer> dial_through(std::unique_ptr<Dialer> to_proxy, const Proxy& proxy,
                                     const io::Target& target) {
  return std::make_unique<ProxyDialer>(std::move(to_proxy), proxy.credentials,
                                       destinations(target));
}

}  // namespace cpp_lite::client
