#include <cpp_lite/layers.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "policy/escaped.h"

namespace cpp_lite {
namespace {

// Without the lines of the attempts, which the first one sums up.
std::string in_one_line(const Status& status) {
  std::string text = status.to_string();
  if (status.attempts().empty()) return text;
  const std::string first = std::to_string(status.attempts().front().number);
  text.resize(std::min(text.size(), text.rfind("\n  attempt " + first + ": ")));
  return text;
}

// The line of one call: written when it ends, or when this is destroyed without having heard of it.
class LogLine {
 public:
  LogLine(const CallLog& to, std::string start, const Metadata& metadata, Status otherwise)
      : to_(to), line_(std::move(start)), status_(std::move(otherwise)), start_(to.clock->now()) {
    if (const auto id = metadata.get(kRequestId)) line_.append(" id=").append(*id);
  }
  LogLine(const LogLine&) = delete;
  LogLine& operator=(const LogLine&) = delete;
  ~LogLine() {
    const std::chrono::duration<double, std::milli> took = to_.clock->now() - start_;
    char text[64];
    std::snprintf(text, sizeof text, " in %.3f ms", took.count());
    if (to_.log)
      to_.log(LogLevel::info, policy::escaped(line_ + " " + in_one_line(status_)) + text);
  }

  void ended(const Status& status) { status_ = status; }

 private:
  const CallLog to_;
  std::string line_;
  Status status_;
  const SteadyTime start_;
};

// Parameters by value, as the frame may outlive whoever called.
Future<Status> served(CallLog to, std::string start, ServerContext& context, Next next) {
  LogLine line(to, std::move(start), context.metadata(),
               Status(Code::unknown, "the handler threw"));
  Status status = co_await next();
  line.ended(status);
  co_return status;
}

std::string called(const Call& call) {
  if (call.method == nullptr) return "client (no method)";  // which the network channel refuses
  return "client " + std::string(call.method->path);
}

Status dropped() { return Status(Code::cancelled, "dropped before its end"); }

// The line of a stream is shared with its finish(), which may outlive it.
class LoggedStream final : public RawStream {
 public:
  LoggedStream(std::unique_ptr<RawStream> next, std::shared_ptr<LogLine> line)
      : next_(std::move(next)), line_(std::move(line)) {}

  Future<bool> write(Bytes message) override { return next_->write(std::move(message)); }
  Future<bool> close_writes() override { return next_->close_writes(); }
  Future<std::optional<Bytes>> read() override { return next_->read(); }
  Future<Metadata> headers() override { return next_->headers(); }
  Future<RawReply> finish() override {
    return [](Future<RawReply> end, std::shared_ptr<LogLine> line) -> Future<RawReply> {
      RawReply reply = co_await std::move(end);
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
  LoggingChannel(std::shared_ptr<Channel> next, CallLog to)
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
  static Future<RawReply> logged(std::shared_ptr<Channel> next, CallLog to, Call call,
                                 Bytes request) {
    LogLine line(to, called(call), call.options.metadata, dropped());
    RawReply reply = co_await next->unary(std::move(call), std::move(request));
    line.ended(reply.status);
    co_return reply;
  }

  const std::shared_ptr<Channel> next_;
  const CallLog to_;
};

}  // namespace

CallLog::operator ServerLayer() const {
  return [to = *this](ServerContext& context, const Method& method, Next next) {
    std::string start = "server ";
    start.append(method.path).append(" ").append(context.peer());
    return served(to, std::move(start), context, std::move(next));
  };
}

CallLog::operator ClientLayer() const {
  return [to = *this](std::shared_ptr<Channel> next) {
    return std::make_shared<LoggingChannel>(std::move(next), to);
  };
}

CallLog log_calls(LogFunction log, const Clock& clock) { return {std::move(log), &clock}; }

}  // namespace cpp_lite
