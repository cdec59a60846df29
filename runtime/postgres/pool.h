// Connections, at most so many, and threads that wait on them instead of those who ask.
#pragma once

#include <cpp_lite/status.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <utility>

#include "postgres/context.h"

namespace cpp_lite::postgres {

class Pool;

// A connection, until it is dropped: then the next job gets it, in no transaction.
class Lease {
 public:
  class Owner {
   public:
    virtual void take_back(std::unique_ptr<Connection> connection) = 0;
    virtual ~Owner() = default;
  };

  Lease() = default;
  Lease(std::shared_ptr<Owner> owner, std::unique_ptr<Connection> connection)
      : owner_(std::move(owner)), connection_(std::move(connection)) {}
  Lease(Lease&&) noexcept = default;
  Lease& operator=(Lease&& other) noexcept {
    end();
    owner_ = std::move(other.owner_);
    connection_ = std::move(other.connection_);
    return *this;
  }
  ~Lease() { end(); }

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }
  explicit operator bool() const { return connection_ != nullptr; }
  // Back now; may wait for the server.
  void end() {
    if (connection_ != nullptr) owner_->take_back(std::move(connection_));
  }

 private:
  std::shared_ptr<Owner> owner_;
  std::unique_ptr<Connection> connection_;
};

// One of run() and fail(), once.
class Job {
 public:
  virtual void run(Lease lease) = 0;
  virtual void fail(const Status& why) = 0;
  virtual ~Job() = default;
};

// Thread-safe. Threads and connections are made as they are needed. When it ends, what was
// submitted is done first; the last reference may be dropped on one of its threads.
class Pool {
 public:
  Pool(std::shared_ptr<Context> context, std::size_t connections);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs when a connection is free. Fails inside this call where as many jobs wait as may.
  void submit(std::unique_ptr<Job> job);
  // At once, on a connection of this pool that the caller has.
  void submit(std::unique_ptr<Job> job, Lease lease);

 private:
  class State;
  const std::shared_ptr<State> state_;
};

// A job that is a function of Connection&; `fail` is a function of const Status&.
template <typename Run, typename Fail>
class SimpleJob final : public Job {
 public:
  SimpleJob(Run run, Fail fail) : run_(std::move(run)), fail_(std::move(fail)) {}
  void run(Lease lease) override { run_(*lease); }
  void fail(const Status& why) override { fail_(why); }

 private:
  Run run_;
  Fail fail_;
};
template <typename Run, typename Fail>
std::unique_ptr<Job> make_job(Run run, Fail fail) {
  return std::make_unique<SimpleJob<Run, Fail>>(std::move(run), std::move(fail));
}

}  // namespace cpp_lite::postgres
