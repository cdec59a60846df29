// ServerCall, of a keyed method: whether its handler runs is for the store to say.
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "server/call.h"
#include "server/message_context.h"
#include "server/shield.h"
#include "wire/retry_hints.h"

namespace cpp_lite::server {

// A unary call, or one message of a stream. Lives in the frame of the coroutine that serves it.
class ServerCall::Keyed final : public KeyedCall {
 public:
  Keyed(ServerCall& call, ServerContext& context, Service& service, const Route& route)
      : call_(call), context_(context), service_(service), route_(route) {}

  ServerContext& context() override { return context_; }
  std::shared_ptr<Loop> loop() override { return call_.shard_.loop(); }
  std::span<const std::uint8_t> request() override { return context_.request_bytes(); }

  std::shared_ptr<KeyedHandler> prepare(KeyedExecution& execution, SteadyTime until) override {
    shield_ = std::make_shared<Shield>(context_, is_whole_call(), loop(), execution, until);
    return shield_;
  }

  Future<HandlerEnd> run() override {
    const std::shared_ptr<Shield> shield = std::move(shield_);
    shield->arm();
    call_.begun(shield);
    HandlerEnd end;
    Future<Status> done = begin(*shield);
    try {
      end.status = co_await std::move(done);
    } catch (...) {
      end.status = call_.thrown();
      end.threw = true;
    }
    shield->disarm();
    call_.ended(shield);
    if (!shield->failure().ok()) end.status = shield->failure();
    end.cancelled = shield->cut_short();
    end.response = shield->take_response();
    end.headers = std::move(shield->headers());
    end.trailers = std::move(shield->trailers());
    co_return end;
  }

  Future<KeyedAnswer> run_unkeyed() override {
    KeyedAnswer answer;
    if (is_whole_call()) {
      answer.status = co_await route_.serve(service_, call_);
      const auto bytes = call_.response_bytes();
      answer.response.assign(bytes.begin(), bytes.end());
      co_return answer;
    }
    const auto shield =
        std::make_shared<Shield>(context_, false, loop(), unkeyed_execution(), context_.deadline());
    shield->end_with(*context_.handle());
    answer.status = co_await route_.serve(service_, *shield);
    if (!shield->failure().ok()) answer.status = shield->failure();
    answer.response = shield->take_response();
    co_return answer;
  }

  // A stream goes on.
  void answer_early(Status status) override {
    if (!is_whole_call()) return;
    call_.shard_.loop()->post(
        [self = call_.shared_from_this(), status = std::move(status)] { self->end(status); });
  }

 private:
  // In the handler's own scope: its child calls end with the execution, not with the caller.
  Future<Status> begin(Shield& shield) {
    const Scope scope{detail::current_scope()->executor, shield.handle()};
    detail::ScopeGuard guard(&scope);
    try {
      return route_.serve(service_, shield);
    } catch (...) {
      detail::Promise<Status> thrown;
      Future<Status> result = thrown.future();
      thrown.fail(std::current_exception());
      return result;
    }
  }

  bool is_whole_call() const { return &context_ == static_cast<ServerContext*>(&call_); }

  ServerCall& call_;
  ServerContext& context_;
  Service& service_;
  const Route& route_;
  std::shared_ptr<Shield> shield_;  // until the handler runs
};

bool ServerCall::is_keyed() const {
  return entry_->route.keyed != nullptr && !shard_.config().options.ignore_keys;
}

// An attempt after one that may have been executed says where that was: only the store that it
// names knows what became of it. A server without any does not.
Status ServerCall::of_another_store() const {
  const KeyedServer* own = shard_.config().keyed.get();
  if (entry_->route.keyed == nullptr || head_.store.empty()) return Status();
  if (own != nullptr && head_.store == own->store_id()) return Status();
  return Status::not_executed(
             Code::unavailable,
             "an earlier attempt of this call went to another store of idempotency "
             "keys, and may have been executed there")
      .set_pushback(std::chrono::milliseconds(-1));
}

Future<Status> ServerCall::serve_keyed() {
  const Config& config = shard_.config();
  if (!config.keyed_problem.ok()) {
    co_return Status::not_executed(config.keyed_problem.code(), config.keyed_problem.message());
  }
  const Route& route = entry_->route;
  if (route.check != nullptr) {  // what cannot be executed claims no key
    if (Status bad = route.check(request_bytes()); !bad.ok()) co_return bad;
  }
  Keyed keyed(*this, *this, *entry_->service, route);
  KeyedAnswer given = co_await config.keyed->serve(keyed, *method_, *route.keyed);
  if (given.replayed) headers_.add("idempotent-replayed", "true");
  for (const auto& [key, value] : given.headers) set_header(key, value);
  for (const auto& [key, value] : given.trailers) set_trailer(key, value);
  if (!given.status.ok()) co_return std::move(given.status);
  co_return answer(given.response, Status());
}

Future<KeyedAnswer> ServerCall::execute_keyed(Service& service, const Route& route,
                                              std::span<const std::uint8_t> request) {
  const Config& config = shard_.config();
  MessageContext context(*this, *route.method, request);
  Keyed keyed(*this, context, service, route);
  if (route.keyed == nullptr || config.options.ignore_keys) co_return co_await keyed.run_unkeyed();
  if (config.keyed == nullptr || !config.keyed_problem.ok()) {
    KeyedAnswer refused;
    refused.status = Status::not_executed(
        Code::failed_precondition,
        std::string(route.method->path) + " is keyed, and this server does not serve it");
    co_return refused;
  }
  co_return co_await config.keyed->serve(keyed, *route.method, *route.keyed);
}

// The end of the server reaches shielded handlers, too.
void ServerCall::begun(std::shared_ptr<Shield> shield) {
  if (!shard_.loop()->is_current()) {
    return shard_.loop()->post([self = shared_from_this(), shield = std::move(shield)]() mutable {
      self->begun(std::move(shield));
    });
  }
  if (shutting_down_) shield->cancel();
  rare().shields.push_back(std::move(shield));
}

void ServerCall::ended(const std::shared_ptr<Shield>& shield) {
  if (shard_.loop()->is_current()) return (void)std::erase(rare().shields, shield);
  shard_.loop()->post([self = shared_from_this(), shield] { self->ended(shield); });
}

}  // namespace cpp_lite::server
