#include <cpp_lite/layers.h>

#include <functional>
#include <string>
#include <utility>

#include "policy/late_stream.h"
#include "policy/way_codes.h"

namespace cpp_lite {
namespace {

using TokenSource = std::function<Future<Result<std::string>>(const Call&)>;

Status no_token(const Status& why) {
  const bool misplaced = policy::is_of_applications(why.code());
  Status status(misplaced ? Code::internal : why.code(),
                "no token for the call: " +
                    (misplaced ? std::string(to_string(why.code())) + ": " : std::string()) +
                    why.message());
  status.set_phase("token");
  return status;
}

class TokenChannel final : public Channel {
 public:
  TokenChannel(std::shared_ptr<Channel> next, std::shared_ptr<const TokenSource> source)
      : next_(std::move(next)), source_(std::move(source)) {}

  Future<RawReply> unary(Call call, Bytes request) override {
    if (!call.options.token.empty()) return next_->unary(std::move(call), std::move(request));
    Future<Result<std::string>> token = (*source_)(call);
    if (!token.ready()) {
      return later(next_, std::move(token), std::move(call), std::move(request));
    }
    Result<std::string> given = token.take();
    if (!given) return RawReply{no_token(given.status())};
    call.options.token = std::move(*given);
    return next_->unary(std::move(call), std::move(request));
  }

  std::unique_ptr<RawStream> stream(Call call) override {
    if (!call.options.token.empty()) return next_->stream(std::move(call));
    Future<Result<std::string>> token = (*source_)(call);
    const auto begin = [next = next_](Call known, Result<std::string> given) {
      if (!given) return ended_stream(no_token(given.status()));
      known.options.token = std::move(*given);
      return next->stream(std::move(known));
    };
    if (token.ready()) return begin(std::move(call), token.take());
    return policy::late_stream(
        std::move(token),
        [begin, kept = std::make_shared<Call>(std::move(call))](Result<std::string> given) {
          return begin(std::move(*kept), std::move(given));
        });
  }

 private:
  // Static: the channel may be gone while the call runs.
  static Future<RawReply> later(std::shared_ptr<Channel> next, Future<Result<std::string>> token,
                                Call call, Bytes request) {
    Result<std::string> given = co_await std::move(token);
    if (!given) {
      RawReply failed;
      failed.status = no_token(given.status());
      co_return failed;
    }
    call.options.token = std::move(*given);
    co_return co_await next->unary(std::move(call), std::move(request));
  }

  const std::shared_ptr<Channel> next_;
  const std::shared_ptr<const TokenSource> source_;
};

}  // namespace

ClientLayer with_tokens(std::function<Future<Result<std::string>>(const Call& call)> source) {
  return [source = std::make_shared<const TokenSource>(std::move(source))](
             std::shared_ptr<Channel> next) {
    return std::make_shared<TokenChannel>(std::move(next), source);
  };
}

}  // namespace cpp_lite
