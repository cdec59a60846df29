#include <cpp_lite/handler.h>
#include <cpp_lite/keyed_server.h>
#include <google/protobuf/message_lite.h>

#include <string>
#include <utility>

#include "base/message_status.h"

namespace cpp_lite {
namespace {

class Unkeyed final : public KeyedExecution {
 public:
  constexpr Unkeyed() = default;
  bool keyed() const override { return false; }
  std::string key() const override { return {}; }
  int attempt() const override { return 0; }
  std::string downstream_key(std::string_view) override { return {}; }
  bool client_gone() const override { return false; }
  void* transaction() const override { return nullptr; }
  std::string_view transaction_kind() const override { return {}; }
};

constinit Unkeyed unkeyed;  // without state

}  // namespace

KeyedExecution& unkeyed_execution() { return unkeyed; }

KeyedExecution& ServerContext::idempotency() { return unkeyed_execution(); }

Future<KeyedAnswer> ServerContext::execute_keyed(Service&, const Route&,
                                                 std::span<const std::uint8_t>) {
  KeyedAnswer none;
  none.status = Status(Code::failed_precondition, "this context executes no keyed messages");
  return none;
}

namespace detail {
namespace {

const Route* route_of(Service& service, const Method& method) {
  for (const Route& route : service.routes()) {
    if (route.method->path == method.path) return &route;
  }
  return nullptr;
}

Future<Result<Bytes>> execute(ServerContext& context, Service& service, const Route& route,
                              Bytes request) {
  KeyedAnswer answer = co_await context.execute_keyed(service, route, request);
  if (!answer.status.ok()) co_return std::move(answer.status);
  co_return std::move(answer.response);
}

}  // namespace

Future<Result<Bytes>> execute_keyed(ServerContext& context, Service& service, const Method& method,
                                    const google::protobuf::MessageLite& request) {
  const Route* route = route_of(service, method);
  if (route == nullptr || !method.unary()) {
    return Result<Bytes>(Status(Code::invalid_argument,
                                std::string(method.path) + " is no unary method of this service"));
  }
  std::optional<Bytes> bytes = serialize(request);
  if (!bytes) return Result<Bytes>(base::not_serializable("request", request));
  bytes->erase(bytes->begin(), bytes->begin() + kMessagePrefix);
  return execute(context, service, *route, *std::move(bytes));
}

}  // namespace detail

}  // namespace cpp_lite
