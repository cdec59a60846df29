// One HTTP/2 connection of the load generator: its own few frames, so that it is cheap and shares
// no mistake with the clients of the runtimes it measures. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/hpack.h"
#include "load/output.h"
#include "load/script.h"
#include "load/transport.h"

namespace bench {

struct Windows {
  std::uint32_t stream = 4 << 20;
  std::uint32_t connection = 16 << 20;
};

class Connection {
 public:
  // Borrows the script, which all connections share. At most so many calls at a time.
  Connection(std::unique_ptr<Transport> transport, const Script& script, RequestBlocks blocks,
             Windows windows, std::size_t calls);

  int socket() const { return transport_->socket(); }
  // The server's SETTINGS are here: calls may start.
  bool ready() const { return ready_; }
  // What went wrong, in words; empty: nothing. A connection that failed is of no use any more.
  const std::string& failure() const { return failure_; }
  int open_calls() const { return open_; }
  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }
  // Of messages, with their prefixes.
  std::uint64_t payload_in() const { return payload_in_; }

  // Sent with the next flush(), so that calls started together travel together.
  void start(std::uint64_t number);
  // Reads what has come. Calls that have ended are appended to `ended`, by the time of their flush.
  void receive(std::vector<std::uint64_t>& ended);
  // Writes what fits; `now` is when the calls in it began.
  void flush(std::uint64_t now);
  bool wants_to_write() const { return !output_.empty(); }

 private:
  struct Call {
    std::uint32_t id = 0;  // 0: none
    std::uint64_t number = 0, started = 0, sent = 0, received = 0;
    std::int64_t window = 0;
    std::uint64_t unacknowledged = 0;
    bool answered = false, closed = false;
  };
  struct Frame {
    std::uint32_t length = 0, stream = 0;
    std::uint8_t type = 0, flags = 0;
  };

  void fail(std::string why);
  Call* find(std::uint32_t stream);
  Call& fresh_call();
  // Sends of its request what the windows allow, or of all that were not allowed so far.
  void send_data(Call& call);
  void send_data_on_all();

  // Takes whole frames, and DATA as it comes; yields how much of the bytes it took.
  std::size_t take(std::string_view bytes, std::vector<std::uint64_t>& ended);
  void take_frame(const Frame& frame, std::string_view payload, std::vector<std::uint64_t>& ended);
  void take_data(std::string_view bytes);
  bool matches(const Call& call, std::string_view bytes);
  void take_headers(const Frame& frame, std::string_view block, std::vector<std::uint64_t>& ended);
  void take_settings(const Frame& frame, std::string_view payload);
  void take_window_update(const Frame& frame, std::string_view payload);
  void credit(Call& call, std::size_t size);
  void end(Call& call, int status, const std::string& message, std::vector<std::uint64_t>& ended);

  const std::unique_ptr<Transport> transport_;
  const Script& script_;
  const RequestBlocks blocks_;
  const Windows windows_;
  std::string failure_;

  Output output_;
  std::vector<std::uint32_t> unstamped_;  // calls that no flush() has seen
  std::vector<Call> calls_;               // by half of their id, modulo its size, a power of two
  std::uint32_t next_id_ = 1;
  int open_ = 0, unsent_ = 0;
  bool first_ = true, ready_ = false;
  std::int64_t window_ = 65535, initial_window_ = 65535;
  std::uint32_t max_frame_ = 16384;

  BlockReader reader_;
  std::vector<char> input_;
  std::size_t have_ = 0;
  Frame data_;  // whose payload is coming
  std::size_t data_left_ = 0;
  std::string request_, response_;  // of the script, with the digits of a call
  std::uint64_t unacknowledged_ = 0, bytes_in_ = 0, bytes_out_ = 0, payload_in_ = 0;
};

}  // namespace bench
