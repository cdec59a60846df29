#include "redis/connection.h"

#include <hiredis/hiredis.h>

#include <cerrno>
#include <charconv>
#include <cstdint>

namespace cpp_lite::redis {
namespace {

timeval time_value(std::chrono::nanoseconds time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::ceil<std::chrono::microseconds>(time - seconds);
  timeval value{};
  value.tv_sec = static_cast<decltype(value.tv_sec)>(seconds.count());
  value.tv_usec = static_cast<decltype(value.tv_usec)>(rest.count());
  return value;
}

Status unavailable(const std::string& name, std::string_view why) {
  return {Code::unavailable, "redis: " + name + ": " + std::string(why)};
}

}  // namespace

void FreeReply::operator()(redisReply* reply) const { freeReplyObject(reply); }
void Connection::FreeContext::operator()(redisContext* context) const { redisFree(context); }

// --- Value ---

bool Value::is_nothing() const { return reply_ == nullptr || reply_->type == REDIS_REPLY_NIL; }
bool Value::is_error() const { return reply_ != nullptr && reply_->type == REDIS_REPLY_ERROR; }
bool Value::is_list() const { return reply_ != nullptr && reply_->type == REDIS_REPLY_ARRAY; }

std::string_view Value::text() const {
  if (is_nothing() || reply_->str == nullptr) return {};
  return {reply_->str, reply_->len};
}

std::int64_t Value::number() const {
  if (is_nothing()) return 0;
  if (reply_->type == REDIS_REPLY_INTEGER) return reply_->integer;
  std::int64_t number = 0;
  const std::string_view digits = text();
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

std::size_t Value::size() const { return is_list() ? reply_->elements : 0; }

Value Value::operator[](std::size_t i) const {
  return Value(i < size() ? reply_->element[i] : nullptr);
}

// --- Connection ---

Result<std::unique_ptr<Connection>> Connection::open(const Address& address,
                                                     std::chrono::nanoseconds timeout) {
  const timeval limit = time_value(timeout);
  redisContext* context = address.host.empty()
                              ? redisConnectUnixWithTimeout(address.path.c_str(), limit)
                              : redisConnectWithTimeout(address.host.c_str(), address.port, limit);
  if (context == nullptr) return unavailable(address.text, "out of memory");
  std::unique_ptr<Connection> connection(new Connection(context, address.text));
  if (context->err != 0) return connection->lost();
  redisSetTimeout(context, limit);
  if (!address.host.empty()) redisEnableKeepAlive(context);
  if (Status status = connection->log_in(address); !status.ok()) return status;
  return connection;
}

Status Connection::log_in(const Address& address) {
  Command login{"AUTH"};
  if (!address.user.empty()) login.push_back(address.user);
  login.push_back(address.password);
  if (!address.password.empty()) {
    if (const auto done = ask(login); !done.ok()) return done.status();
  }
  if (address.database == 0) return {};
  return ask({"SELECT", std::to_string(address.database)}).status();
}

void Connection::send(const Command& command) {
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  words.reserve(command.size());
  sizes.reserve(command.size());
  for (const std::string_view word : command) {
    words.push_back(word.data() != nullptr ? word.data() : "");
    sizes.push_back(word.size());
  }
  // What it cannot keep it tells when the answer is asked for.
  redisAppendCommandArgv(context_.get(), static_cast<int>(words.size()), words.data(),
                         sizes.data());
}

Result<Answer> Connection::receive() {
  if (broken_) return failure("the connection was lost");
  void* reply = nullptr;
  if (redisGetReply(context_.get(), &reply) != REDIS_OK || reply == nullptr) return lost();
  return Answer(static_cast<redisReply*>(reply));
}

Result<Answer> Connection::ask(const Command& command) {
  send(command);
  Result<Answer> answer = receive();
  if (answer.ok() && answer->value().is_error()) return failure(answer->value().text());
  return answer;
}

Status Connection::lost() {
  broken_ = true;
  late_ = context_->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK);
  return failure(late_ ? "it did not answer in time" : context_->errstr);
}

Status Connection::failure(std::string_view why) const { return unavailable(name_, why); }

}  // namespace cpp_lite::redis
