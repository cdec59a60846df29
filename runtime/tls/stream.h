// One TLS connection: a transport around another one.
#pragma once

#include <cpp_lite/credentials.h>
#include <cpp_lite/loop.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "h2/transport.h"
#include "tls/memory_bio.h"
#include "tls/openssl.h"
#include "tls/refusal.h"

namespace cpp_lite::tls {

// Hears what becomes of handshakes: the credentials. Outlives its streams; thread-safe.
class Party {
 public:
  virtual void completed(bool resumed) = 0;
  // `why` is empty where it was only cut short. `now` is the loop's.
  virtual void failed(const std::string& peer, const std::string& why, SteadyTime now,
                      const LogFunction& log) = 0;
  // Client: what a later connection to the same server, under the same rules, may resume.
  virtual void keep(const void* rules, const std::string& name, Session session) = 0;

 protected:
  ~Party() = default;
};

// What a stream is made of.
struct Parts {
  std::shared_ptr<Party> party;
  std::shared_ptr<const void> rules;  // what `ssl` refers to
  const BIO_METHOD* method = nullptr;
  Ssl ssl;
  Expected expected;
  std::string session_name;  // client: for Party::keep()
  LogFunction log = nullptr;
};

// Belongs to its loop. Held by the transport below, and by itself during events.
//
//   shaking --handshake done, and good--> open --close_notify, failure--> closed
//   shaking --failure, end of the connection--> closed
//
// Copies: bytes that come are copied into OpenSSL's record, decrypted there, and copied into a
// buffer on the stack, as many records together as fit. Bytes that go are encrypted record by
// record, pieces of large bodies once they fill one, and gathered for one write.
class Stream final : private h2::Transport::Listener, public std::enable_shared_from_this<Stream> {
 public:
  Stream(Loop& loop, std::unique_ptr<h2::Transport> bare, Parts parts);
  ~Stream();

  void start(h2::Transport::Listener& listener);
  void write(h2::Output output);
  void close(std::span<const std::uint8_t> last = {});
  const std::string& peer() const { return bare_->peer(); }
  bool shaking() const { return step_ == Step::shaking; }
  const std::shared_ptr<const PeerCertificate>& certificate() const { return certificate_; }

  // OpenSSL's callbacks.
  static void on_info(const SSL* ssl, int where, int value);
  static int on_verify(int good, X509_STORE_CTX* verification);
  static int on_session(SSL* ssl, SSL_SESSION* session);

 private:
  enum class Step : std::uint8_t { shaking, open, closed };

  void on_bytes(std::span<const std::uint8_t> bytes) override;
  void on_written(std::vector<std::uint8_t> buffer) override;
  void on_closed(std::string reason) override;

  void shake();
  std::string judge();
  void decrypt();
  bool decrypt_some();
  void encrypt(const h2::Output& output);
  void encrypt(std::span<const std::uint8_t> bytes);
  void make_room(std::size_t size);
  void flush();
  void fail(const std::string& why);
  void fail_soon(const std::string& why);
  void end(const std::string& reason);

  Loop& loop_;
  const std::unique_ptr<h2::Transport> bare_;
  const Parts parts_;
  MemoryBio memory_;
  h2::Transport::Listener* listener_ = nullptr;
  Step step_ = Step::shaking;
  h2::Output plain_;             // of a write that waits for the handshake or was encrypted
  bool busy_ = false;            // between write() and on_written()
  bool sending_ = false;         // the transport below has a write
  bool renegotiates_ = false;    // the peer wants to
  bool doomed_ = false;          // a failure is posted
  std::string bad_certificate_;  // what was found wrong with the peer's
  std::shared_ptr<const PeerCertificate> certificate_;
};

std::unique_ptr<h2::Transport> make_transport(Loop& loop, std::unique_ptr<h2::Transport> bare,
                                              Parts parts);

}  // namespace cpp_lite::tls
