#include "pages.h"
#include "users_fixture.h"
#include "watch.h"

namespace users {
namespace {

class UserListsTest : public UsersTest {
 protected:
  cpp_lite::Reply<v1::ListUsersResponse> list(int size, const std::string& token = "",
                                              const std::string& filter = "") {
    v1::ListUsersRequest request;
    request.set_page_size(size);
    request.set_page_token(token);
    request.set_filter(filter);
    return client_.ListUsers(request, 1min).get();
  }
  static std::string names(const v1::ListUsersResponse& page) {
    std::string text;
    for (const v1::User& user : page.users()) text += user.username() + " ";
    return text;
  }
  void create_all(const std::vector<const char*>& who) {
    for (const char* name : who) create(name);
  }
};

TEST_F(UserListsTest, PagesFollowEachOtherToTheEnd) {
  create_all({"a", "b", "c", "d", "e"});
  auto first = list(2);
  ASSERT_TRUE(first);
  EXPECT_EQ(names(*first), "a b ");
  EXPECT_EQ(first->total_count(), 5);
  auto second = list(2, first->next_page_token());
  ASSERT_TRUE(second);
  EXPECT_EQ(names(*second), "c d ");
  auto third = list(2, second->next_page_token());
  ASSERT_TRUE(third);
  EXPECT_EQ(names(*third), "e ");
  EXPECT_EQ(third->next_page_token(), "");
}

TEST_F(UserListsTest, APageThatIsJustFullIsTheLast) {
  create_all({"a", "b"});
  EXPECT_EQ(list(2)->next_page_token(), "");
}

TEST_F(UserListsTest, NobodyAppearsTwiceOrIsLeftOutWhenOthersComeAndGo) {
  create_all({"a", "b", "c", "d"});
  const std::string token = list(2)->next_page_token();
  EXPECT_TRUE(remove("user-00000001").ok());
  create("e");
  EXPECT_EQ(names(*list(9, token)), "c d e ");
}

TEST_F(UserListsTest, ATokenSurvivesTheUserThatItNames) {
  create_all({"a", "b", "c"});
  const std::string token = list(2)->next_page_token();
  EXPECT_TRUE(remove("user-00000002").ok());
  EXPECT_EQ(names(*list(9, token)), "c ");
}

TEST_F(UserListsTest, AFilterSelectsAndCounts) {
  create_all({"anna", "bert", "hannah"});
  auto page = list(1, "", "ann");
  ASSERT_TRUE(page);
  EXPECT_EQ(names(*page), "anna ");
  EXPECT_EQ(page->total_count(), 2);
  EXPECT_EQ(names(*list(1, page->next_page_token(), "ann")), "hannah ");
}

TEST_F(UserListsTest, PagesGoOnBehindAnIdOfAnyBytes) {
  auto sync = client_.SyncUsers(1min);
  for (const char* id : {"a", "a\nb", "a\nc:\x01", "\n", "7:x"}) {
    v1::User user;
    user.set_id(id);
    user.set_username(id);
    user.set_email(std::string(id) + "@example.org");
    ASSERT_TRUE(sync.write(user).get());
    ASSERT_TRUE(sync.read().get()) << id;
  }
  ASSERT_TRUE(sync.finish().get().ok());
  std::vector<std::string> ids;
  std::string token;
  do {
    const auto page = list(1, token, "@");
    ASSERT_TRUE(page) << page.status().to_string();
    for (const v1::User& user : page->users()) ids.push_back(user.id());
    token = page->next_page_token();
  } while (!token.empty());
  EXPECT_EQ(ids, (std::vector<std::string>{"\n", "7:x", "a", "a\nb", "a\nc:\x01"}));
}

TEST_F(UserListsTest, StrangeRequestsAreRefused) {
  create_all({"a", "b"});
  EXPECT_EQ(list(-1).status().code(), Code::invalid_argument);
  // From "31" on: "1", "9:a", "-1:a", ":a", and a length beyond all numbers.
  for (const char* token : {"x", "zz", "00", "\x01", "0", "31", "393a61", "2d313a61", "3a61",
                            "39393939393939393939393939393939393939393939393a61"}) {
    EXPECT_EQ(list(1, token).status().code(), Code::invalid_argument) << token;
  }
  const std::string token = list(1)->next_page_token();
  EXPECT_EQ(list(1, token, "other filter").status().code(), Code::invalid_argument);
}

TEST_F(UserListsTest, ZeroLeavesTheSizeToTheServer) {
  for (int i = 0; i < 60; ++i) create("user" + std::to_string(i));
  EXPECT_EQ(list(0)->users_size(), 50);
}

TEST(PageToken, HoldsAnyText) {
  const std::string bytes("\0\n\xff:3:", 6);
  for (const PageStart& start :
       {PageStart{"id with\tspaces", bytes}, PageStart{bytes, bytes}, PageStart{"", ""}}) {
    const auto back = from_token(to_token(start));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->after_id, start.after_id);
    EXPECT_EQ(back->filter, start.filter);
  }
}

class WatchTest : public UsersTest {
 protected:
  void rename(const std::string& id, const std::string& first_name) {
    v1::User user;
    user.mutable_profile()->set_first_name(first_name);
    ASSERT_TRUE(update(id, user, {"profile.first_name"}));
  }
};

TEST_F(WatchTest, ShowsTheUserAndThenEachChangeUntilItIsDeleted) {
  const std::string id = create("ada").id();
  auto watch = client_.WatchUser(by_id(id), 1min);
  EXPECT_EQ(watch.read().get()->profile().first_name(), "");
  for (const char* name : {"Ada", "Augusta", "A."}) rename(id, name);
  for (const char* name : {"Ada", "Augusta", "A."}) {
    auto state = watch.read().get();
    ASSERT_TRUE(state);
    EXPECT_EQ(state->profile().first_name(), name);
  }
  EXPECT_TRUE(remove(id).ok());
  EXPECT_FALSE(watch.read().get());
  EXPECT_TRUE(watch.finish().get().ok());
}

TEST_F(WatchTest, WakesAReaderThatWaits) {
  const std::string id = create("ada").id();
  auto watch = client_.WatchUser(by_id(id), 1min);
  EXPECT_TRUE(watch.read().get());
  auto pending = watch.read();
  rename(id, "Ada");
  EXPECT_EQ(pending.get()->profile().first_name(), "Ada");
}

TEST_F(WatchTest, ShowsNothingOfOthers) {
  const std::string ada = create("ada").id(), bob = create("bob").id();
  auto watch = client_.WatchUser(by_id(ada), 1min);
  EXPECT_TRUE(watch.read().get());
  rename(bob, "Bob");
  rename(ada, "Ada");
  EXPECT_EQ(watch.read().get()->profile().first_name(), "Ada");
}

TEST_F(WatchTest, EndsWithItsDeadline) {
  const std::string id = create("ada").id();
  auto watch = client_.WatchUser(by_id(id), 1min);
  EXPECT_TRUE(watch.read().get());
  clock_.advance(1min);
  EXPECT_FALSE(watch.read().get());
  EXPECT_EQ(watch.finish().get().code(), Code::deadline_exceeded);
}

TEST(Watch, CutsOffWhoStaysBehindTooFar) {
  Watch watch;
  for (int i = 0; i < 1001; ++i) watch.add(v1::User());
  Watch::News news = watch.take();
  EXPECT_EQ(news.states.size(), 1000U);
  ASSERT_TRUE(news.end);
  EXPECT_EQ(news.end->code(), Code::resource_exhausted);
}

}  // namespace
}  // namespace users
