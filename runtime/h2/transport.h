// What an HTTP/2 connection needs from the world: one ordered stream of bytes each way.
#pragma once

#include <cpp_lite/credentials.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "h2/output.h"

namespace cpp_lite::h2 {

// Implemented by sockets (io/socket), in-memory pipes (io/pipe) and scripted faults (testing.h).
// Belongs to one loop's thread. Destroying it closes it without further events.
class Transport {
 public:
  // Who hears of what arrives. Outlives the transport or calls close() first. An event may destroy
  // the transport.
  class Listener {
   public:
    // Bytes from the peer, valid during the call.
    virtual void on_bytes(std::span<const std::uint8_t> bytes) = 0;
    // The last write() is done; the next may be issued. `buffer` is that write's memory, for reuse.
    virtual void on_written(std::vector<std::uint8_t> buffer) = 0;
    // The peer closed, or the stream failed. The last event.
    virtual void on_closed(std::string reason) = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~Transport() = default;

  // Begins to read. Called once, first. No event comes before it or inside it.
  virtual void start(Listener& listener) = 0;
  // Sends all bytes. One write at a time: the next may come once on_written() has been called, and
  // from inside it. on_written() is never called inside write().
  virtual void write(std::vector<std::uint8_t> bytes) = 0;
  // The same for what is in pieces; on_written() has some memory for the next write. Those that
  // gain nothing by sending pieces join them.
  virtual void write_pieces(Output output) { write(std::move(output).join()); }
  // So many bytes of bodies one write may refer to, beside what it copies: where they are sent from
  // there, they take no more memory by it. 0: they are copied, too.
  virtual std::size_t most_referred() const { return 0; }
  // No further events; bytes handed to an earlier write() are still sent if that takes no waiting.
  virtual void close() = 0;
  // Likewise, and these follow what was written earlier, on the same condition.
  virtual void close_with(std::vector<std::uint8_t> last) {
    (void)last;
    close();
  }
  // Who is on the other side, in the form "ipv4:127.0.0.1:50051", "ipv6:[::1]:50051", "unix:".
  virtual const std::string& peer() const = 0;
  // The name of a handshake of its own that is not over, such as "TLS"; writes wait for it. Empty:
  // there is none.
  virtual std::string_view handshake() const { return {}; }
  // Who the peer proved to be, once the handshake is over; null: it was not asked, or did not.
  virtual std::shared_ptr<const PeerCertificate> certificate() const { return nullptr; }
};

}  // namespace cpp_lite::h2
