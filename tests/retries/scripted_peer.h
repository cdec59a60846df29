// A server that a script plays, frame by frame, and that keeps a record of what it saw and did.
#pragma once

#include <cpp_lite/loop.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "h2/raw_peer.h"
#include "h2/session.h"
#include "h2/transport.h"
#include "io/pipe.h"
#include "support/fake_loop.h"

namespace cpp_lite::retries {

// One thing that the peer did to a stream.
struct Deed {
  enum class Kind : std::uint8_t {
    headers,
    message,
    // The rest end the stream.
    trailers_only,
    trailers,
    http_error,
    body_end,  // END_STREAM without trailers
    reset,
    refused_by_goaway,
    connection_lost,
  };
  Kind kind = Kind::headers;
  SteadyTime at = {};
  int code = 0;  // of the status, of HTTP, of the reset
  bool marker = false;
  std::vector<std::string> pushbacks = {};
  std::string store = {};  // that is shown; empty: none
  std::string message = {};

  bool ends_stream() const { return kind > Kind::message; }
};

// How a request is answered. What belongs to which kind is in ScriptedPeer.
struct Reply {
  enum class Kind : std::uint8_t {
    answer,
    trailers_only,
    status_after_headers,
    no_trailers,
    http_error,
    reset,
    headers_then_reset,
    goaway_below,      // refuses this stream and all later ones, where that is not a lie
    goaway_not_below,  // and then as `after` says
    cut,
    message_then_cut,
    half_headers,   // a frame that ends in the middle, then the end of the connection
    half_trailers,  // likewise, after a message
    silence,        // for a minute; then the connection is lost
    data_without_headers,
  };
  Kind kind = Kind::answer;
  Kind after = Kind::answer;
  std::chrono::nanoseconds delay{};  // from the request, or if `eager` from its headers
  std::chrono::nanoseconds pause{};  // between the two halves of an answer that has two
  int code = 0;                      // of the status, of HTTP
  std::uint32_t error = 0;           // of RST_STREAM, of GOAWAY
  std::int32_t above = 0;            // this stream, the last one that goaway_not_below takes
  bool bare = false;                 // headers without a message behind them
  bool marker = false;
  std::vector<std::string> pushbacks = {};
  bool store = false;      // it is shown
  bool new_store = false;  // from this request on the endpoint has another one
  bool eager = false;
  bool early = false;     // the handler begins when the request is there, else with the reply
  bool executes = false;  // else nothing ever happens to the request
};

// One stream: an attempt, as the server sees it.
struct Seen {
  std::string endpoint = {};
  int connection = 0;
  std::int32_t id = 0;
  SteadyTime arrived;
  std::map<std::string, std::string> fields = {};
  std::string body = {};
  bool whole = false;
  std::string store = {};  // where it is executed, if it is
  bool executed = false;
  std::vector<Deed> deeds = {};
  std::optional<SteadyTime> reset_by_client = {};
  std::uint32_t reset_code = 0;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
  bool over() const { return !deeds.empty() && deeds.back().ends_stream(); }
};

// For one thread, that of the loop.
class ScriptedPeer {
 public:
  // What to do with a request whose headers have come.
  using Director = std::function<Reply(const Seen&)>;

  // `name`: its endpoint's. `store`: the id of its first store; those that follow are other ones,
  // each once, and the same for all peers whose first is the same.
  ScriptedPeer(std::shared_ptr<support::FakeLoop> loop, Director director,
               std::string name = "inproc:", std::string store = "s1");
  ~ScriptedPeer();

  // The client's end of a new connection; null while dials are to fail.
  std::unique_ptr<h2::Transport> connect();

  int failing_dials = 0;                        // that are still to come
  bool believable = true;                       // false: it refuses what it has executed
  SteadyTime connected_at = SteadyTime::max();  // first
  std::vector<std::unique_ptr<Seen>> seen;

 private:
  class Connection;

  std::shared_ptr<support::FakeLoop> loop_;
  Director director_;
  const std::string name_;
  std::string store_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace cpp_lite::retries
