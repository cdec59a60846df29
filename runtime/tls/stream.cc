#include "tls/stream.h"

#include <cpp_lite/block.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tls/certificate.h"
#include "tls/context.h"

namespace cpp_lite::tls {
namespace {

constexpr std::size_t kPlain = 32 << 10;   // decrypted at a time: two whole records
constexpr std::size_t kKept = 16 << 10;    // of memory, by a connection that writes little
constexpr std::size_t kRecord = 16 << 10;  // RFC 8446 5.1
constexpr std::size_t kOverhead = 64;      // of a record, at most
// What is sent without being asked for (alerts, tickets) by a peer that reads nothing.
constexpr std::size_t kUnasked = 256 << 10;

Stream& stream_of(const SSL* ssl) { return *static_cast<Stream*>(SSL_get_app_data(ssl)); }

}  // namespace

Stream::Stream(Loop& loop, std::unique_ptr<h2::Transport> bare, Parts parts)
    : loop_(loop), bare_(std::move(bare)), parts_(std::move(parts)) {
  SSL* ssl = parts_.ssl.get();
  if (ssl == nullptr) return;
  BIO* bio = memory_.make(*parts_.method);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, this);
  if (parts_.expected.side == h2::Side::client) {
    SSL_set_connect_state(ssl);
  } else {
    SSL_set_accept_state(ssl);
  }
}

Stream::~Stream() = default;

void Stream::start(h2::Transport::Listener& listener) {
  listener_ = &listener;
  bare_->start(*this);
  if (parts_.ssl == nullptr) return fail_soon("out of memory");
  if (parts_.expected.side == h2::Side::server) return;
  loop_.post([weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self != nullptr && self->step_ == Step::shaking) self->shake();
  });
}

void Stream::write(h2::Output output) {
  plain_ = std::move(output);
  busy_ = true;
  if (step_ != Step::open) return;
  encrypt(plain_);
  plain_.clear();
  flush();
}

// Says so to the peer, too, unless the connection has failed.
void Stream::close(std::span<const std::uint8_t> last) {
  listener_ = nullptr;
  if (step_ == Step::closed) return;
  if (step_ == Step::open && !doomed_) {
    if (!last.empty()) encrypt(last);
    ERR_clear_error();
    SSL_shutdown(parts_.ssl.get());
    ERR_clear_error();
  }
  end({});
}

// ---- What the transport below says.

void Stream::on_bytes(std::span<const std::uint8_t> bytes) {
  if (step_ == Step::closed || doomed_) return;
  const auto keep = shared_from_this();
  memory_.in = bytes;
  if (step_ == Step::shaking) shake();
  if (step_ == Step::open) decrypt();
  memory_.in = {};
  flush();
}

void Stream::on_written(std::vector<std::uint8_t> buffer) {
  sending_ = false;
  if (step_ == Step::closed) return;
  if (!memory_.out.empty()) return flush();
  if (buffer.capacity() <= kKept) {
    buffer.clear();
    memory_.out = std::move(buffer);
  } else {
    detail::give_bytes(std::move(buffer));
  }
  if (step_ != Step::open || !std::exchange(busy_, false)) return;
  const auto keep = shared_from_this();
  if (listener_ != nullptr) listener_->on_written(std::exchange(plain_.bytes, {}));
}

void Stream::on_closed(std::string reason) {
  if (step_ == Step::closed) return;
  const auto keep = shared_from_this();
  if (step_ == Step::shaking) reason = "the TLS handshake was cut short: " + reason;
  end(reason);
}

// ---- The handshake.

void Stream::shake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(parts_.ssl.get());
  if (done != 1) {
    if (SSL_get_error(parts_.ssl.get(), done) == SSL_ERROR_WANT_READ) return flush();
    return fail(explain_error(parts_.expected, bad_certificate_));
  }
  if (const std::string why = judge(); !why.empty()) return fail(why);
  step_ = Step::open;
  parts_.party->completed(SSL_session_reused(parts_.ssl.get()) == 1);
  if (busy_) encrypt(plain_);
  plain_.clear();
  flush();
}

// What OpenSSL does not look at itself. Empty: all is well.
std::string Stream::judge() {
  SSL* ssl = parts_.ssl.get();
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &protocol, &size);
  if (size != 2 || std::memcmp(protocol, "h2", 2) != 0) {
    return std::string(parts_.expected.peer()) + " does not offer HTTP/2 (ALPN \"h2\")";
  }
  X509* certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr) return "";
  if (SSL_get_verify_result(ssl) != X509_V_OK) return "the session's certificate was never good";
  if (SSL_session_reused(ssl) == 1) {
    std::string expired = explain_age(*certificate, parts_.expected);
    if (!expired.empty()) return expired;
  }
  if (parts_.expected.side == h2::Side::server) certificate_ = read_certificate(*certificate);
  return "";
}

// ---- Bytes.

void Stream::decrypt() {
  while (step_ == Step::open && decrypt_some()) {
  }
}

// False when there is nothing more for now.
bool Stream::decrypt_some() {
  std::array<std::uint8_t, kPlain> plain;  // on purpose without a value
  SSL* ssl = parts_.ssl.get();
  std::size_t size = 0;
  int error = SSL_ERROR_NONE;
  ERR_clear_error();
  while (size < plain.size() && error == SSL_ERROR_NONE) {
    std::size_t more = 0;
    const int done = SSL_read_ex(ssl, plain.data() + size, plain.size() - size, &more);
    if (done != 1) error = SSL_get_error(ssl, done);
    size += more;
  }
  std::string why;
  if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) {
    why = explain_error(parts_.expected, bad_certificate_);
  }
  if (size > 0 && listener_ != nullptr) listener_->on_bytes(std::span(plain).first(size));
  if (step_ != Step::open) return false;
  if (renegotiates_) {
    fail(std::string(parts_.expected.peer()) +
         " wants to renegotiate, which HTTP/2 forbids (RFC 9113 9.2.1)");
  } else if (!why.empty()) {
    fail(why);
  } else if (error == SSL_ERROR_ZERO_RETURN) {
    ERR_clear_error();
    SSL_shutdown(ssl);
    end("connection closed");
  }
  return error == SSL_ERROR_NONE;
}

// Records are filled, whatever the pieces.
void Stream::encrypt(const h2::Output& output) {
  make_room(output.size());
  if (output.whole()) return encrypt(output.bytes);
  std::array<std::uint8_t, kRecord> record;  // on purpose without a value
  std::size_t filled = 0;
  output.each(0, [&](std::span<const std::uint8_t> piece) {
    while (!piece.empty()) {
      const std::size_t size = std::min(piece.size(), record.size() - filled);
      std::memcpy(record.data() + filled, piece.data(), size);
      piece = piece.subspan(size);
      filled += size;
      if (filled == record.size()) encrypt(std::span(record).first(std::exchange(filled, 0)));
    }
    return true;
  });
  if (filled > 0) encrypt(std::span(record).first(filled));
}

// For that many bytes, encrypted.
void Stream::make_room(std::size_t size) {
  std::vector<std::uint8_t>& out = memory_.out;
  const std::size_t room = out.size() + size + kOverhead * (1 + size / kRecord);
  if (out.empty() && out.capacity() < room) out = detail::take_room(room);
  out.reserve(room);
}

void Stream::encrypt(std::span<const std::uint8_t> bytes) {
  if (doomed_) return;
  std::size_t written = 0;
  ERR_clear_error();
  if (SSL_write_ex(parts_.ssl.get(), bytes.data(), bytes.size(), &written) == 1) return;
  fail_soon(explain_error(parts_.expected, bad_certificate_));
}

void Stream::flush() {
  if (sending_ && memory_.out.size() > kUnasked && !busy_) {
    return fail_soon("too much is to be said to a peer that does not listen");
  }
  if (sending_ || memory_.out.empty() || step_ == Step::closed) return;
  sending_ = true;
  bare_->write(std::exchange(memory_.out, {}));
}

// ---- The end.

// With the alert that OpenSSL has written.
void Stream::fail(const std::string& why) {
  if (step_ == Step::closed) return;
  if (step_ == Step::shaking) parts_.party->failed(peer(), why, loop_.now(), parts_.log);
  end("TLS: " + why);
}

void Stream::fail_soon(const std::string& why) {
  if (std::exchange(doomed_, true)) return;
  loop_.post([weak = weak_from_this(), why] {
    if (const auto self = weak.lock()) self->fail(why);
  });
}

void Stream::end(const std::string& reason) {
  const auto keep = weak_from_this().lock();
  const bool cut_short = step_ == Step::shaking && !reason.starts_with("TLS: ");
  if (cut_short) parts_.party->failed(peer(), "", loop_.now(), parts_.log);
  // Else OpenSSL would take the session for a bad one.
  if (step_ == Step::open) SSL_set_shutdown(parts_.ssl.get(), SSL_SENT_SHUTDOWN);
  step_ = Step::closed;
  bare_->close_with(std::exchange(memory_.out, {}));
  h2::Transport::Listener* listener = std::exchange(listener_, nullptr);
  if (listener != nullptr) listener->on_closed(reason);
}

// ---- OpenSSL's callbacks.

void Stream::on_info(const SSL* ssl, int where, int value) {
  // The only trace of it: OpenSSL refuses with a warning, and goes on.
  constexpr int kNoRenegotiation = SSL3_AL_WARNING << 8 | SSL_AD_NO_RENEGOTIATION;
  if ((where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT && value == kNoRenegotiation) {
    stream_of(ssl).renegotiates_ = true;
  }
}

int Stream::on_verify(int good, X509_STORE_CTX* verification) {
  if (good == 1) return 1;
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  Stream& self = stream_of(ssl);
  if (self.bad_certificate_.empty()) {
    self.bad_certificate_ = explain_certificate(*verification, self.parts_.expected);
  }
  return good;
}

int Stream::on_session(SSL* ssl, SSL_SESSION* session) {
  const Stream& self = stream_of(ssl);
  self.parts_.party->keep(self.parts_.rules.get(), self.parts_.session_name, Session(session));
  return 1;  // it is ours
}

// ---- As a transport.

namespace {

class SecureTransport final : public h2::Transport {
 public:
  explicit SecureTransport(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  ~SecureTransport() override { stream_->close(); }

  void start(Listener& listener) override { stream_->start(listener); }
  void write(std::vector<std::uint8_t> bytes) override {
    stream_->write(h2::Output(std::move(bytes)));
  }
  void write_pieces(h2::Output output) override { stream_->write(std::move(output)); }
  void close() override { stream_->close(); }
  void close_with(std::vector<std::uint8_t> last) override { stream_->close(last); }
  const std::string& peer() const override { return stream_->peer(); }
  std::string_view handshake() const override { return stream_->shaking() ? "TLS" : ""; }
  std::shared_ptr<const PeerCertificate> certificate() const override {
    return stream_->certificate();
  }

 private:
  const std::shared_ptr<Stream> stream_;
};

}  // namespace

std::unique_ptr<h2::Transport> make_transport(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                              Parts parts) {
  return std::make_unique<SecureTransport>(
      std::make_shared<Stream>(loop, std::move(bare), std::move(parts)));
}

}  // namespace cpp_lite::tls
