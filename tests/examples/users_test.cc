#include "users_fixture.h"

namespace users {
namespace {

TEST_F(UsersTest, ACreatedUserCanBeRead) {
  const v1::User created = create("ada");
  EXPECT_FALSE(created.id().empty());
  EXPECT_EQ(created.created_at(), 1000);
  EXPECT_EQ(created.status(), v1::USER_STATUS_ACTIVE);
  auto got = client_.GetUser(by_id(created.id()), 1min).get();
  ASSERT_TRUE(got) << got.status().to_string();
  EXPECT_EQ(got->user().SerializeAsString(), created.SerializeAsString());
}

TEST_F(UsersTest, AnUnknownUserIsNotFound) {
  EXPECT_EQ(client_.GetUser(by_id("x"), 1min).get().status().code(), Code::not_found);
  EXPECT_EQ(remove("x").code(), Code::not_found);
  EXPECT_EQ(update("x", {}, {"email"}).status().code(), Code::not_found);
  EXPECT_EQ(client_.WatchUser(by_id("x"), 1min).finish().get().code(), Code::not_found);
}

TEST_F(UsersTest, ANameOrAnAddressInUseIsRefused) {
  create("ada");
  v1::CreateUserRequest same_name = new_user("ada"), same_address = new_user("bob");
  same_name.set_email("other@example.org");
  same_address.set_email("ada@example.org");
  const auto name = client_.CreateUser(same_name, 1min).get().status();
  const auto address = client_.CreateUser(same_address, 1min).get().status();
  EXPECT_EQ(name.code(), Code::already_exists);
  EXPECT_NE(name.message().find("username"), std::string::npos);
  EXPECT_EQ(address.code(), Code::already_exists);
  EXPECT_NE(address.message().find("email"), std::string::npos);
}

TEST_F(UsersTest, ANameIsFreeAgainOnceItsUserIsGone) {
  EXPECT_TRUE(remove(create("ada").id()).ok());
  EXPECT_NE(create("ada").id(), "");
}

TEST_F(UsersTest, WhatIsNoUserIsRefused) {
  const auto refused = [&](auto spoil) {
    v1::CreateUserRequest request = new_user("ada");
    spoil(request);
    return client_.CreateUser(request, 1min).get().status().code() == Code::invalid_argument;
  };
  EXPECT_TRUE(refused([](auto& request) { request.clear_username(); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_email("nowhere"); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_email("@example.org"); }));
  EXPECT_TRUE(refused([](auto& request) { request.set_password("short"); }));
}

TEST_F(UsersTest, APasswordIsKeptNowhere) {
  create("ada");
  for (const v1::User& user : store_.list("", "", 10).users) {
    EXPECT_EQ(user.SerializeAsString().find("sesame"), std::string::npos);
  }
}

TEST_F(UsersTest, AnUpdateChangesTheNamedFieldsAndNoOther) {
  const v1::User ada = create("ada");
  v1::User wanted;
  wanted.set_email("ada@lovelace.org");
  wanted.set_username("ignored");
  wanted.mutable_profile()->set_first_name("Ada");
  wanted.mutable_profile()->set_last_name("ignored");
  auto changed = update(ada.id(), wanted, {"email", "profile.first_name"});
  ASSERT_TRUE(changed) << changed.status().to_string();
  v1::User expected = ada;
  expected.set_email("ada@lovelace.org");
  expected.mutable_profile()->set_first_name("Ada");
  EXPECT_EQ(changed->user().SerializeAsString(), expected.SerializeAsString());
}

TEST_F(UsersTest, ANamedFieldThatWasNotSentIsCleared) {
  const v1::User ada = create("ada");
  v1::User with_role;
  with_role.add_roles("admin");
  with_role.mutable_profile()->set_first_name("Ada");
  ASSERT_TRUE(update(ada.id(), with_role, {"roles", "profile"}));
  auto cleared = update(ada.id(), {}, {"roles", "profile"});
  ASSERT_TRUE(cleared) << cleared.status().to_string();
  EXPECT_EQ(cleared->user().SerializeAsString(), ada.SerializeAsString());
}

TEST_F(UsersTest, AMaskMustNameFieldsThatClientsMaySet) {
  const std::string id = create("ada").id();
  for (const char* path : {"shoe_size", "profile.shoe_size", "id", "created_at", ""}) {
    EXPECT_EQ(update(id, {}, {path}).status().code(), Code::invalid_argument) << path;
  }
  EXPECT_EQ(update(id, {}, {}).status().code(), Code::invalid_argument);
}

TEST_F(UsersTest, AnUpdateMayNotTakeWhatAnotherHas) {
  create("ada");
  v1::User wanted;
  wanted.set_username("ada");
  wanted.set_email("ada@example.org");
  const std::string bob = create("bob").id();
  EXPECT_EQ(update(bob, wanted, {"username"}).status().code(), Code::already_exists);
  EXPECT_EQ(update(bob, wanted, {"email"}).status().code(), Code::already_exists);
  EXPECT_EQ(update(bob, {}, {"username"}).status().code(), Code::invalid_argument);
}

TEST_F(UsersTest, ABatchAnswersEachUserAndEndsAtTheFirstThatWillNotDo) {
  auto batch = client_.BatchCreateUsers(1min);
  for (const char* name : {"ada", "bob"}) {
    EXPECT_TRUE(batch.write(new_user(name)).get());
    auto created = batch.read().get();
    ASSERT_TRUE(created);
    EXPECT_EQ(created->user().username(), name);
  }
  EXPECT_TRUE(batch.write(new_user("ada")).get());
  EXPECT_FALSE(batch.read().get());
  EXPECT_EQ(batch.finish().get().code(), Code::already_exists);
  EXPECT_EQ(store_.list("", "", 10).total, 2);
}

TEST_F(UsersTest, SyncCreatesAndReplacesAndKeepsCreationTimes) {
  auto sync = client_.SyncUsers(1min);
  v1::User ada;
  ada.set_id("from-elsewhere");
  ada.set_username("ada");
  ada.set_email("ada@example.org");
  ada.set_created_at(1);  // the server's own time counts
  EXPECT_TRUE(sync.write(ada).get());
  EXPECT_EQ(sync.read().get()->created_at(), 1000);
  today_ = 2000;
  ada.set_email("ada@lovelace.org");
  EXPECT_TRUE(sync.write(ada).get());
  auto replaced = sync.read().get();
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->id(), "from-elsewhere");
  EXPECT_EQ(replaced->email(), "ada@lovelace.org");
  EXPECT_EQ(replaced->created_at(), 1000);
  EXPECT_TRUE(sync.finish().get().ok());
  EXPECT_EQ(store_.list("", "", 10).total, 1);
}

}  // namespace
}  // namespace users
