// The handler of users.v1.UserService. Thread-safe. Its methods lock, as they would wait for a
// database, so it is meant for RunOn::threads.
#pragma once

#include <cpp_lite/server.h>

#include "store.h"
#include "users/v1/users.lite.h"

namespace users {

class Users final : public v1::UserService::Handler {
 public:
  // The store must outlive the service.
  explicit Users(Store& store) : store_(store) {}

  template <typename Response>
  using Answer = cpp_lite::Future<cpp_lite::Result<Response>>;
  using Context = cpp_lite::ServerContext;

  Answer<v1::GetUserResponse> GetUser(Context& context, v1::GetUserRequest request) override;
  Answer<v1::CreateUserResponse> CreateUser(Context& context,
                                            v1::CreateUserRequest request) override;
  Answer<v1::UpdateUserResponse> UpdateUser(Context& context,
                                            v1::UpdateUserRequest request) override;
  Answer<v1::DeleteUserResponse> DeleteUser(Context& context,
                                            v1::DeleteUserRequest request) override;
  Answer<v1::ListUsersResponse> ListUsers(Context& context, v1::ListUsersRequest request) override;

  // Ends with OK when the user is deleted.
  cpp_lite::Future<cpp_lite::Status> WatchUser(Context& context, v1::GetUserRequest request,
                                               cpp_lite::Writer<v1::User>& out) override;
  // The first user that cannot be created ends the call; those before it stay.
  cpp_lite::Future<cpp_lite::Status> BatchCreateUsers(
      Context& context, cpp_lite::Reader<v1::CreateUserRequest>& in,
      cpp_lite::Writer<v1::CreateUserResponse>& out) override;
  // The same for the first user that cannot be stored.
  cpp_lite::Future<cpp_lite::Status> SyncUsers(Context& context, cpp_lite::Reader<v1::User>& in,
                                               cpp_lite::Writer<v1::User>& out) override;

 private:
  cpp_lite::Result<v1::CreateUserResponse> create(const v1::CreateUserRequest& request);

  Store& store_;
};

}  // namespace users
