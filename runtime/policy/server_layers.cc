#include <cpp_lite/layers.h>

#include <optional>
#include <utility>

#include "policy/request_id.h"

namespace cpp_lite {
namespace {

constexpr std::size_t kLongestId = 128;

// RFC 7235 section 2.1: the name of a scheme has no case.
bool is_bearer(std::string_view scheme) {
  constexpr std::string_view kBearer = "bearer ";
  if (scheme.size() != kBearer.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    if ((scheme[i] | 0x20) != kBearer[i]) return false;
  }
  return true;
}

std::optional<std::string_view> bearer_token(const Metadata& metadata) {
  const std::vector<std::string_view> headers = metadata.get_all("authorization");
  if (headers.size() != 1 || !is_bearer(headers[0].substr(0, 7))) return std::nullopt;
  std::string_view token = headers[0].substr(7);
  while (token.starts_with(' ')) token.remove_prefix(1);
  if (token.empty()) return std::nullopt;
  return token;
}

std::string id_of(const ServerContext& context, policy::RequestIds& ids) {
  const auto given = context.metadata().get(kRequestId);
  if (given && !given->empty() && given->size() <= kLongestId) return std::string(*given);
  return ids.next();
}

}  // namespace

ServerLayer require_bearer_token(std::function<bool(std::string_view)> check) {
  return [check = std::move(check)](ServerContext& context, const Method&,
                                    Next next) -> Future<Status> {
    const std::optional<std::string_view> token = bearer_token(context.metadata());
    if (!token) return Status(Code::unauthenticated, "one header authorization: Bearer is needed");
    if (!check(*token)) return Status(Code::unauthenticated, "the bearer token is not valid");
    return next();
  };
}

ServerLayer request_ids(std::function<void(ServerContext&, const std::string&)> tell) {
  return [tell = std::move(tell), ids = std::make_shared<policy::RequestIds>()](
             ServerContext& context, const Method&, Next next) -> Future<Status> {
    const std::string id = id_of(context, *ids);
    context.set_header(kRequestId, id);
    if (tell) tell(context, id);
    return next();
  };
}

}  // namespace cpp_lite
