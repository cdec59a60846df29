// Which stores of keys a channel believes in.
#include "client/stores.h"

#include <gtest/gtest.h>

#include <string>

namespace cpp_lite::client {
namespace {

using Shown = Stores::Shown;

TEST(Stores, RememberWhatEachEndpointShowedLast) {
  Stores stores;
  Shown a{.number = 1, .id = {}}, b{.number = 2, .id = {}};
  EXPECT_EQ(stores.of("a"), "");
  stores.note(a, "a", "one");
  stores.note(b, "b", "");
  EXPECT_EQ(stores.of("a"), "one");
  EXPECT_EQ(stores.of("b"), "");
  stores.note(a, "a", "two");
  EXPECT_EQ(stores.of("a"), "two");
}

TEST(Stores, ForgetAnIdThatIsShownNoMore) {
  Stores stores;
  Shown a{.number = 1, .id = {}};
  stores.note(a, "a", "one");
  stores.note(a, "a", "");
  EXPECT_EQ(stores.of("a"), "");
}

TEST(Stores, DoNotHearAnOldConnectionOnceANewerOneHasSpoken) {
  Stores stores;
  Shown before{.number = 1, .id = {}}, after{.number = 2, .id = {}};
  stores.note(after, "a", "");  // rolled back: the server knows no keys any more
  stores.note(before, "a", "one");
  EXPECT_EQ(stores.of("a"), "");
}

TEST(Stores, AreBounded) {
  Stores stores;
  for (std::size_t i = 0; i <= Stores::kMost; ++i) {
    Shown connection{.number = i, .id = {}};
    stores.note(connection, std::to_string(i), "one");
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i <= Stores::kMost; ++i) {
    kept += stores.of(std::to_string(i)).empty() ? 0 : 1;
  }
  EXPECT_EQ(kept, Stores::kMost);
}

TEST(StoreInSight, IsWhatTheOwnConnectionShowsAndElseWhatWasKnownBefore) {
  const auto connection = std::make_shared<Shown>(Shown{.number = 1, .id = {}});
  const StoreInSight store(connection, "one");
  EXPECT_EQ(store.id(), "one");
  connection->id = "two";
  EXPECT_EQ(store.id(), "two");
  connection->id = "";
  EXPECT_EQ(store.id(), "");
}

}  // namespace
}  // namespace cpp_lite::client
