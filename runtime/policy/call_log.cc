#include <cpp_lite/layers.h>
#include <cpp_lite/transform.h>

#include <algorithm>
#include <atomic>
#include <cinttypes>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>

#include "policy/escaped.h"

namespace cpp_lite {
namespace {

using Target = std::shared_ptr<const CallLog>;

std::string shown(const CallLog& to, CallLogPart part, std::string_view key,
                  std::string_view text) {
  return to.options.redact ? to.options.redact(part, key, text) : std::string(text);
}

// Without the lines of the attempts, which the first one sums up.
std::string in_one_line(const CallLog& to, const Status& status) {
  std::string text = status.to_string();
  if (!status.attempts().empty()) {
    const std::string first = std::to_string(status.attempts().front().number);
    text.resize(std::min(text.size(), text.rfind("\n  attempt " + first + ": ")));
  }
  if (status.message().empty()) return text;
  const std::size_t at = to_string(status.code()).size();  // of ": " and the message
  std::string message = shown(to, CallLogPart::message, {}, status.message());
  if (!message.empty()) message.insert(0, ": ");
  return text.replace(at, status.message().size() + 2, message);
}

// The line of one call: written when it ends, or when this is destroyed without having heard of it.
// One thread counts what is received, and one what is sent.
class LogLine {
 public:
  LogLine(Target to, std::string start, const Metadata& metadata, Status otherwise)
      : to_(std::move(to)),
        line_(std::move(start)),
        status_(std::move(otherwise)),
        start_(to_->clock->now()) {
    if (const auto id = metadata.get(kRequestId)) add(CallLogPart::request_id, "id", *id);
    for (const std::string& key : to_->options.metadata) {
      for (const auto value : metadata.get_all(key)) add(CallLogPart::metadata, key, value);
    }
  }
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine() {
    if (!to_->log) return;
    const std::chrono::duration<double, std::milli> took = to_->clock->now() - start_;
    char text[128];
    std::snprintf(text, sizeof text, " in %.3f ms received=%" PRIu64 " sent=%" PRIu64, took.count(),
                  received_.load(std::memory_order_relaxed), sent_.load(std::memory_order_relaxed));
    to_->log(LogLevel::info, policy::escaped(line_ + " " + in_one_line(*to_, status_)) + text);
  }

  void received(std::size_t bytes) { received_.fetch_add(bytes, std::memory_order_relaxed); }
  void sent(std::size_t bytes) { sent_.fetch_add(bytes, std::memory_order_relaxed); }
  void ended(const Status& status) { status_ = status; }

 private:
  void add(CallLogPart part, std::string_view name, std::string_view value) {
    const std::string_view key = part == CallLogPart::metadata ? name : std::string_view();
    const std::string text = shown(*to_, part, key, value);
    if (!text.empty()) line_.append(" ").append(name).append("=").append(text);
  }

  const Target to_;
  std::string line_;
  Status status_;
  const SteadyTime start_;
  std::atomic<std::uint64_t> received_{0}, sent_{0};
};

void count(LogLine& line, const ServerContext& context, bool answered) {
  const MessageBytes bytes = context.message_bytes();
  line.received(bytes.received);
  if (answered) line.sent(bytes.sent);
}

// Parameters by value, as the frame may outlive whoever called.
Future<Status> served(Target to, std::string start, ServerContext& context, Next next,
                      bool streams_out) {
  LogLine line(std::move(to), std::move(start), context.metadata(),
               Status(Code::unknown, "the handler threw"));
  try {
    Status status = co_await next();
    count(line, context, status.ok() || streams_out);  // an error leaves no room for a response
    line.ended(status);
    co_return status;
  } catch (...) {
    count(line, context, streams_out);
    throw;
  }
}

std::string called(const Call& call) {
  if (call.method == nullptr) return "client (no method)";  // which the network channel refuses
  return "client " + std::string(call.method->path);
}

Status dropped() { return Status(Code::cancelled, "dropped before its end"); }

std::size_t size_without_prefix(const Bytes& message) {
  return message.size() - std::min(message.size(), kMessagePrefix);
}

// The line of a stream is shared with what it waits for, which may outlive it.
class LoggedStream final : public RawStream {
 public:
  LoggedStream(std::unique_ptr<RawStream> next, std::shared_ptr<LogLine> line)
      : next_(std::move(next)), line_(std::move(line)) {}

  Future<bool> write(Bytes message) override {
    line_->sent(size_without_prefix(message));
    return next_->write(std::move(message));
  }
  Future<bool> close_writes() override { return next_->close_writes(); }
  Future<std::optional<Bytes>> read() override {
    return detail::transform(next_->read(), [line = line_](std::optional<Bytes> message) {
      if (message) line->received(message->size());
      return message;
    });
  }
  Future<Metadata> headers() override { return next_->headers(); }
  Future<RawReply> finish() override {
    return [](Future<RawReply> end, std::shared_ptr<LogLine> line) -> Future<RawReply> {
      RawReply reply = co_await std::move(end);
      line->received(reply.message.size());
      line->ended(reply.status);
      co_return reply;
    }(next_->finish(), line_);
  }
  void cancel() override { next_->cancel(); }

 private:
  const std::unique_ptr<RawStream> next_;
  const std::shared_ptr<LogLine> line_;
};

class LoggingChannel final : public Channel {
 public:
  LoggingChannel(std::shared_ptr<Channel> next, Target to)
      : next_(std::move(next)), to_(std::move(to)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    return logged(next_, to_, std::move(call), std::move(request));
  }
  std::unique_ptr<RawStream> stream(Call call) override {
    auto line = std::make_shared<LogLine>(to_, called(call), call.options.metadata, dropped());
    return std::make_unique<LoggedStream>(next_->stream(std::move(call)), std::move(line));
  }

 private:
  // Static: the channel may be gone while the call runs.
  static Future<RawReply> logged(std::shared_ptr<Channel> next, Target to, Call call,
                                 Bytes request) {
    LogLine line(std::move(to), called(call), call.options.metadata, dropped());
    line.sent(size_without_prefix(request));
    RawReply reply = co_await next->unary(std::move(call), std::move(request));
    line.received(reply.message.size());
    line.ended(reply.status);
    co_return reply;
  }

  const std::shared_ptr<Channel> next_;
  const Target to_;
};

// Metadata that says who calls: whoever reads it could call in their name.
bool is_secret(const std::string& key) {
  Metadata one;
  one.add(key, "");
  return one.contains("authorization") || one.contains("proxy-authorization") ||
         one.contains("cookie");
}

// What the layers of all calls share.
Target target(CallLog to) {
  std::erase_if(to.options.metadata, is_secret);
  return std::make_shared<const CallLog>(std::move(to));
}

}  // namespace

CallLog::operator ServerLayer() const {
  return [to = target(*this)](ServerContext& context, const Method& method, Next next) {
    std::string start = "server ";
    start.append(method.path);
    const std::string peer = shown(*to, CallLogPart::peer, {}, context.peer());
    if (!peer.empty()) start.append(" ").append(peer);
    return served(to, std::move(start), context, std::move(next), method.server_streams);
  };
}

CallLog::operator ClientLayer() const {
  return [to = target(*this)](std::shared_ptr<Channel> next) {
    return std::make_shared<LoggingChannel>(std::move(next), to);
  };
}

CallLog log_calls(LogFunction log, const Clock& clock) { return {std::move(log), &clock}; }

CallLog log_calls(LogFunction log, CallLogOptions options, const Clock& clock) {
  return {std::move(log), &clock, std::move(options)};
}

}  // namespace cpp_lite
