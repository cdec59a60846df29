// What an endpoint says of its health: a Watch of grpc.health.v1 on its connection (gRFC A17).
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <memory>
#include <string>

#include "client/backoff.h"
#include "h2/connection.h"

namespace cpp_lite::client {

// What is asked, and in whose name.
struct HealthQuestion {
  std::string service;  // empty: the server as a whole
  std::string scheme = "http";
  std::string authority;
  std::string user_agent;
};

// Belongs to a balancer and its loop. Asks as long as it is given a connection:
//
//   unknown     SERVING                                 healthy
//   unknown     UNIMPLEMENTED: there is no such service healthy, for as long as the connection
//   lasts any         another status                          unhealthy any         the stream ends
//   otherwise               unhealthy, and asks again with backoff any         another connection,
//   or none             unknown
class HealthWatch {
 public:
  class Owner {
   public:
    // The endpoint became healthy or ceased to be.
    virtual void on_health_changed(HealthWatch& watch) = 0;

   protected:
    ~Owner() = default;
  };

  // `loop` and `owner` outlive its last connection.
  HealthWatch(Loop& loop, std::shared_ptr<const HealthQuestion> question,
              const BackoffOptions& backoff, Random random, Owner& owner);
  ~HealthWatch();

  // From now on on this connection, which may have room for the stream later: then it is to be
  // given again. Null: there is none.
  void ask(std::shared_ptr<h2::Connection> connection);

  bool healthy() const { return verdict_ == Verdict::healthy; }
  bool unhealthy() const { return verdict_ == Verdict::unhealthy; }
  // Why it is unhealthy.
  const Status& reason() const { return reason_; }
  // It has a stream of its own on the connection.
  bool open() const { return stream_ != nullptr; }

 private:
  enum class Verdict : std::uint8_t { unknown, healthy, unhealthy };
  class Stream;

  void open_stream();
  void leave();
  // What the stream says. It is not to be used by then.
  void answered(std::string_view response);
  void ended(Status status);
  void lost() { leave(); }
  void become(Verdict verdict);
  void fail(const std::string& words);

  Loop& loop_;
  const std::shared_ptr<const HealthQuestion> question_;
  Owner& owner_;
  Backoff backoff_;
  Timer pause_;
  SteadyTime asked_at_;
  std::shared_ptr<h2::Connection> connection_;
  std::shared_ptr<Stream> stream_;
  bool settled_ = false;  // the server does not know the service: nobody asks again
  Verdict verdict_ = Verdict::unknown;
  Status reason_;
};

}  // namespace cpp_lite::client
