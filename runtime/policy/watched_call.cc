#include "policy/watched_call.h"

#include <atomic>
#include <utility>

namespace cpp_lite::policy {
namespace {

// Shared by a stream and the operations on it, which may outlive it; the last one to go tells that
// the call was dropped, if nobody has told of its end.
class Teller {
 public:
  explicit Teller(CallEnd end) : end_(std::move(end)) {}
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;
  ~Teller() { tell(nullptr); }

  void tell(const RawReply* reply) {
    if (!told_.exchange(true)) end_(reply);
  }
  bool told() const { return told_; }

 private:
  const CallEnd end_;
  std::atomic<bool> told_{false};
};

// Parameters by value, as the frame may outlive whoever called.
Future<RawReply> told_at_end(Future<RawReply> call, std::shared_ptr<Teller> teller) {
  RawReply reply = co_await std::move(call);
  teller->tell(&reply);
  co_return reply;
}

Future<std::optional<Bytes>> told_at_message(Future<std::optional<Bytes>> read,
                                             std::shared_ptr<Teller> teller) {
  std::optional<Bytes> message = co_await std::move(read);
  const RawReply well;
  if (message) teller->tell(&well);
  co_return message;
}

class WatchedStream final : public RawStream {
 public:
  WatchedStream(std::unique_ptr<RawStream> next, CallEnd end)
      : next_(std::move(next)), teller_(std::make_shared<Teller>(std::move(end))) {}

  Future<bool> write(Bytes message) override { return next_->write(std::move(message)); }
  Future<bool> close_writes() override { return next_->close_writes(); }
  Future<std::optional<Bytes>> read() override {
    if (teller_->told()) return next_->read();
    return told_at_message(next_->read(), teller_);
  }
  Future<Metadata> headers() override { return next_->headers(); }
  Future<RawReply> finish() override { return told_at_end(next_->finish(), teller_); }
  void cancel() override { next_->cancel(); }

 private:
  const std::unique_ptr<RawStream> next_;
  const std::shared_ptr<Teller> teller_;
};

}  // namespace

Future<RawReply> watched(Future<RawReply> call, CallEnd end) {
  return told_at_end(std::move(call), std::make_shared<Teller>(std::move(end)));
}

std::unique_ptr<RawStream> watched(std::unique_ptr<RawStream> call, CallEnd end) {
  return std::make_unique<WatchedStream>(std::move(call), std::move(end));
}

}  // namespace cpp_lite::policy
