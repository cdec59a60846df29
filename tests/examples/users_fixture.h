// The users service inside this process: one object for each test.
#pragma once

#include <cpp_lite/testing.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "service.h"

namespace users {

using namespace std::chrono_literals;
using cpp_lite::Code;

class UsersTest : public testing::Test {
 protected:
  UsersTest() { server_.add(service_, cpp_lite::RunOn::threads); }

  static v1::CreateUserRequest new_user(const std::string& name) {
    v1::CreateUserRequest request;
    request.set_username(name);
    request.set_email(name + "@example.org");
    request.set_password("open sesame");
    return request;
  }
  v1::User create(const std::string& name) {
    auto reply = client_.CreateUser(new_user(name), 1min).get();
    EXPECT_TRUE(reply) << reply.status().to_string();
    return reply ? reply->user() : v1::User();
  }
  static v1::GetUserRequest by_id(const std::string& id) {
    v1::GetUserRequest request;
    request.set_id(id);
    return request;
  }
  cpp_lite::Reply<v1::UpdateUserResponse> update(const std::string& id, const v1::User& user,
                                                 const std::vector<std::string>& paths) {
    v1::UpdateUserRequest request;
    request.set_id(id);
    *request.mutable_user() = user;
    for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
    return client_.UpdateUser(request, 1min).get();
  }
  cpp_lite::Status remove(const std::string& id) {
    v1::DeleteUserRequest request;
    request.set_id(id);
    return client_.DeleteUser(request, 1min).get().status();
  }

  std::int64_t today_ = 1000;
  cpp_lite::testing::ManualClock clock_;
  Store store_{[this] { return today_; }};
  Users service_{store_};
  cpp_lite::Server server_{{.threads = 2, .clock = &clock_}};
  v1::UserService::Client client_{cpp_lite::testing::in_process(server_)};
};

}  // namespace users
