#include "service.h"

#include <cpp_lite/async.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "pages.h"
#include "update.h"

namespace users {

using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;

namespace {

Status invalid(std::string why) { return {Code::invalid_argument, std::move(why)}; }

// GetUserResponse, CreateUserResponse and UpdateUserResponse look alike.
template <typename Response>
Result<Response> respond(MaybeUser user) {
  if (!user) return user.status();
  Response response;
  *response.mutable_user() = *std::move(user);
  return response;
}

std::size_t page_size(int asked) {
  constexpr int kDefault = 50, kMost = 1000;
  return static_cast<std::size_t>(asked == 0 ? kDefault : std::min(asked, kMost));
}

}  // namespace

Users::Answer<v1::GetUserResponse> Users::GetUser(ServerContext&, v1::GetUserRequest request) {
  return respond<v1::GetUserResponse>(store_.get(request.id()));
}

Users::Answer<v1::CreateUserResponse> Users::CreateUser(ServerContext&,
                                                        v1::CreateUserRequest request) {
  return create(request);
}

// The password is looked at and forgotten: an example should not teach how to store one. A real
// service keeps a salted, slow hash (argon2id, scrypt) and never the password.
Result<v1::CreateUserResponse> Users::create(const v1::CreateUserRequest& request) {
  if (request.password().size() < 8) return invalid("password must have at least 8 bytes");
  v1::User user;
  user.set_username(request.username());
  user.set_email(request.email());
  user.set_status(v1::USER_STATUS_ACTIVE);
  if (Status bad = check(user); !bad.ok()) return bad;
  return respond<v1::CreateUserResponse>(store_.put(std::move(user)));
}

Users::Answer<v1::UpdateUserResponse> Users::UpdateUser(ServerContext&,
                                                        v1::UpdateUserRequest request) {
  return respond<v1::UpdateUserResponse>(store_.update(request.id(), [&](const v1::User& current) {
    return updated(current, request.user(), request.update_mask());
  }));
}

Users::Answer<v1::DeleteUserResponse> Users::DeleteUser(ServerContext&,
                                                        v1::DeleteUserRequest request) {
  if (!store_.remove(request.id())) {
    return Status(Code::not_found, "there is no user \"" + request.id() + "\"");
  }
  v1::DeleteUserResponse response;
  response.set_success(true);
  return response;
}

Users::Answer<v1::ListUsersResponse> Users::ListUsers(ServerContext&,
                                                      v1::ListUsersRequest request) {
  if (request.page_size() < 0) return invalid("page_size must not be negative");
  PageStart start{"", request.filter()};
  if (!request.page_token().empty()) {
    std::optional<PageStart> known = from_token(request.page_token());
    if (!known) return invalid("page_token is none of ours");
    if (known->filter != request.filter()) return invalid("page_token is of another filter");
    start = *std::move(known);
  }
  Store::Page page = store_.list(start.filter, start.after_id, page_size(request.page_size()));
  v1::ListUsersResponse response;
  response.set_total_count(page.total);
  if (!page.last) response.set_next_page_token(to_token({page.users.back().id(), start.filter}));
  for (v1::User& user : page.users) *response.add_users() = std::move(user);
  return response;
}

Future<Status> Users::WatchUser(ServerContext& context, v1::GetUserRequest request,
                                Writer<v1::User>& out) {
  Result<std::shared_ptr<Watch>> watch = store_.watch(request.id());
  if (!watch) co_return watch.status();
  while (!context.cancelled()) {
    Watch::News news = (*watch)->take();
    for (const v1::User& state : news.states) {
      if (!co_await out.write(state)) co_return Status(Code::cancelled, "nobody watches");
    }
    if (news.end) co_return *news.end;
    if (news.change.valid()) {
      co_await cpp_lite::when_any(std::move(news.change), context.cancelled().wait());
    }
  }
  co_return Status(Code::cancelled, "nobody watches");
}

Future<Status> Users::BatchCreateUsers(ServerContext&, Reader<v1::CreateUserRequest>& in,
                                       Writer<v1::CreateUserResponse>& out) {
  while (std::optional<v1::CreateUserRequest> request = co_await in.read()) {
    Result<v1::CreateUserResponse> created = create(*request);
    if (!created) co_return created.status();
    if (!co_await out.write(*created)) co_return Status(Code::cancelled, "the client left");
  }
  co_return Status();
}

Future<Status> Users::SyncUsers(ServerContext&, Reader<v1::User>& in, Writer<v1::User>& out) {
  while (std::optional<v1::User> user = co_await in.read()) {
    if (Status bad = check(*user); !bad.ok()) co_return bad;
    MaybeUser stored = store_.put(*std::move(user));
    if (!stored) co_return stored.status();
    if (!co_await out.write(*stored)) co_return Status(Code::cancelled, "the client left");
  }
  co_return Status();
}

}  // namespace users
