// users_client --target=host:port [--token=T]: goes through the whole service and checks what comes
// back. Exits with 0 when all is as it should be. Fresh names in every run, so it can be repeated.
#include <cpp_lite/channel.h>
#include <cpp_lite/layers.h>

#include <unistd.h>

#include <chrono>
#include <optional>
#include <set>
#include <string>

#include "check.h"
#include "flags.h"
#include "users/v1/users.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Status;
namespace v1 = users::v1;
using Client = v1::UserService::Client;

namespace {

examples::Checks checks;

void expect(bool well, const std::string& what) { checks.that(well, what); }

// Names of this run; a filter finds exactly them.
std::string name(const std::string& who) { return who + "-" + std::to_string(getpid()); }

v1::CreateUserRequest new_user(const std::string& who) {
  v1::CreateUserRequest request;
  request.set_username(name(who));
  request.set_email(name(who) + "@example.org");
  request.set_password("correct horse");
  return request;
}

v1::GetUserRequest by_id(const std::string& id) {
  v1::GetUserRequest request;
  request.set_id(id);
  return request;
}

Status update(Client& client, const std::string& id, const std::string& path,
              const std::string& first_name) {
  v1::UpdateUserRequest request;
  request.set_id(id);
  request.mutable_user()->mutable_profile()->set_first_name(first_name);
  request.mutable_user()->set_email("not named in the mask");
  request.mutable_update_mask()->add_paths(path);
  return client.UpdateUser(request, 5s).get().status();
}

std::string create_and_get(Client& client) {
  auto created = client.CreateUser(new_user("ada"), 5s).get();
  expect(created.ok(), "CreateUser: " + created.status().to_string());
  if (!created) return "";
  const std::string id = created->user().id();
  auto again = client.CreateUser(new_user("ada"), 5s).get();
  expect(again.status().code() == Code::already_exists, again.status().to_string());
  auto got = client.GetUser(by_id(id), 5s).get();
  expect(got && got->user().email() == name("ada") + "@example.org", "GetUser " + id);
  auto nobody = client.GetUser(by_id("nobody"), 5s).get();
  expect(nobody.status().code() == Code::not_found, nobody.status().to_string());
  return id;
}

void create_many(Client& client) {
  auto batch = client.BatchCreateUsers(10s);
  std::size_t created = 0;
  for (const char* who : {"brian", "claude", "dennis", "edsger"}) {
    if (!batch.write(new_user(who)).get()) break;
    if (batch.read().get()) ++created;
  }
  const Status status = batch.finish().get();
  expect(status.ok() && created == 4, "BatchCreateUsers: " + status.to_string());
}

// All pages of this run's users; somebody is created between the first and the second.
void list_in_pages(Client& client) {
  v1::ListUsersRequest request;
  request.set_page_size(2);
  request.set_filter(name("") + "@");
  std::set<std::string> seen;
  int pages = 0;
  do {
    auto page = client.ListUsers(request, 5s).get();
    if (!page) return expect(false, "ListUsers: " + page.status().to_string());
    for (const v1::User& user : page->users()) seen.insert(user.username());
    request.set_page_token(page->next_page_token());
    if (++pages == 1) expect(client.CreateUser(new_user("fred"), 5s).get().ok(), "one more");
  } while (!request.page_token().empty() && pages < 10);
  expect(pages == 3 && seen.size() == 6, "ListUsers: 6 users on 3 pages");
  request.set_page_token("not a token");
  expect(client.ListUsers(request, 5s).get().status().code() == Code::invalid_argument,
         "ListUsers refuses a strange token");
}

// One call watches while others change and delete.
void watch_changes(Client& client, const std::string& id) {
  auto watch = client.WatchUser(by_id(id), 10s);
  std::optional<v1::User> state = watch.read().get();
  expect(state && state->profile().first_name().empty(), "WatchUser: as it is now");
  expect(update(client, id, "profile.first_name", "Ada").ok(), "UpdateUser");
  state = watch.read().get();
  expect(state && state->profile().first_name() == "Ada" && state->email().starts_with("ada-"),
         "WatchUser: the field that the mask names has changed, no other");
  const Status bad = update(client, id, "shoe_size", "");
  expect(bad.code() == Code::invalid_argument, bad.to_string());
  v1::DeleteUserRequest request;
  request.set_id(id);
  expect(client.DeleteUser(request, 5s).get().ok(), "DeleteUser");
  expect(!watch.read().get() && watch.finish().get().ok(), "WatchUser: ends with the user");
  expect(client.DeleteUser(request, 5s).get().status().code() == Code::not_found, "only once");
}

void sync(Client& client) {
  auto sync = client.SyncUsers(10s);
  v1::User user;
  user.set_username(name("grace"));
  user.set_email(name("grace") + "@example.org");
  sync.write(user).get();
  std::optional<v1::User> stored = sync.read().get();
  if (!stored) return expect(false, "SyncUsers: " + sync.finish().get().to_string());
  stored->set_status(v1::USER_STATUS_SUSPENDED);
  sync.write(*stored).get();
  std::optional<v1::User> changed = sync.read().get();
  expect(changed && changed->id() == stored->id() &&
             changed->status() == v1::USER_STATUS_SUSPENDED &&
             changed->created_at() == stored->created_at(),
         "SyncUsers: creates, then replaces");
  expect(sync.finish().get().ok(), "SyncUsers ends well");
}

// Metadata goes with a call and comes back with its reply.
void name_a_request(Client& client) {
  auto reply = client.ListUsers({}, 5s, {.metadata = {{"x-request-id", "mine-1"}}}).get();
  expect(reply.ok() && reply.headers().get("x-request-id") == "mine-1", "a request id comes back");
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv, "usage: users_client [--target=127.0.0.1:50052] [--token=T]\n",
      {{"target", "127.0.0.1:50052"}, {"token", ""}});
  // A layer puts the token on every call of the channel.
  Client client(cpp_lite::connect(
      flags.at("target"),
      {.layers = {cpp_lite::with_metadata("authorization", "Bearer " + flags.at("token"))}}));
  const std::string id = create_and_get(client);
  create_many(client);
  list_in_pages(client);
  watch_changes(client, id);
  sync(client);
  name_a_request(client);
  return checks.exit_code();
}
