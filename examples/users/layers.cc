#include "layers.h"

#include <atomic>
#include <memory>
#include <utility>

namespace users {

using cpp_lite::Future;
using cpp_lite::LogLevel;
using cpp_lite::Method;
using cpp_lite::Next;
using cpp_lite::ServerContext;
using cpp_lite::ServerLayer;
using cpp_lite::Status;

ServerLayer require_token(std::string token) {
  return [wanted = "Bearer " + std::move(token)](ServerContext& context, const Method&,
                                                 Next next) -> Future<Status> {
    if (context.metadata().get("authorization") != wanted) {
      co_return Status(cpp_lite::Code::unauthenticated, "no valid bearer token");
    }
    context.set_principal("token");
    co_return co_await next();
  };
}

ServerLayer name_requests(cpp_lite::LogFunction log) {
  auto count = std::make_shared<std::atomic<std::uint64_t>>(0);
  return [log = std::move(log), count](ServerContext& context, const Method& method,
                                       Next next) -> Future<Status> {
    const auto given = context.metadata().get("x-request-id");
    const std::string id = given ? std::string(*given) : "r" + std::to_string(++*count);
    context.set_header("x-request-id", id);
    const Status status = co_await next();
    log(LogLevel::info, id + " " + std::string(method.path) + " " +
                            std::string(to_string(status.code())) + " " + context.peer());
    co_return status;
  };
}

}  // namespace users
