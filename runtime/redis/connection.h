// A connection to a Redis server: commands go out when the first answer is waited for, so that
// many share a round trip. Blocks; for one thread at a time.
#pragma once

#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "redis/address.h"

struct redisContext;
struct redisReply;

namespace cpp_lite::redis {

using Command = std::vector<std::string_view>;

// What the server answered: a tree of values. Lives as long as its root.
class Value {
 public:
  explicit Value(const redisReply* reply) : reply_(reply) {}

  bool is_nothing() const;
  bool is_error() const;
  bool is_list() const;
  std::string_view text() const;  // of strings, states and errors; else empty
  std::int64_t number() const;    // of numbers, and of strings that are numbers; else 0
  std::size_t size() const;       // of lists; else 0
  Value operator[](std::size_t i) const;

 private:
  const redisReply* reply_;
};

struct FreeReply {
  void operator()(redisReply* reply) const;
};
class Answer {
 public:
  explicit Answer(redisReply* reply) : reply_(reply) {}
  Value value() const { return Value(reply_.get()); }

 private:
  std::unique_ptr<redisReply, FreeReply> reply_;
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const Address& address,
                                                  std::chrono::nanoseconds timeout);

  // Answers come in the order of commands.
  void send(const Command& command);
  // An error: the connection is no more. What the server refused is an answer that is_error().
  Result<Answer> receive();
  // Both. What the server refused is an error, too.
  Result<Answer> ask(const Command& command);

  bool is_broken() const { return broken_; }
  bool is_late() const { return late_; }  // broken, because the server took too long
  // UNAVAILABLE: "redis: HOST:PORT: why".
  Status failure(std::string_view why) const;

 private:
  struct FreeContext {
    void operator()(redisContext* context) const;
  };

  Connection(redisContext* context, std::string name) : context_(context), name_(std::move(name)) {}
  Status log_in(const Address& address);
  Status lost();

  const std::unique_ptr<redisContext, FreeContext> context_;
  const std::string name_;
  bool broken_ = false;
  bool late_ = false;
};

}  // namespace cpp_lite::redis
