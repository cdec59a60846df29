// Records of different scopes, methods and keys never meet; nor do the keys that are handed on.
#include "idempotency/record_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "idempotency/sha256.h"

namespace cpp_lite::idempotency {
namespace {

std::string sized(const std::string& text) {
  return std::string(7, '\0') + static_cast<char>(text.size()) + text;
}

Digest sha256_of(const std::string& text) {
  return sha256({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

TEST(RecordId, IsTheHashThatTheSpecificationSays) {
  const Scope scope{"principal", "https://id.example", "ada", {"acme"}};
  const std::string whole =
      sized("principal") + sized("https://id.example") + sized("ada") + sized("acme");
  EXPECT_EQ(record_id(scope, "/shop.Shop/Buy", "key-1"),
            sha256_of("cl-idem-v1" + sized(whole) + sized("/shop.Shop/Buy") + sized("key-1")));
}

TEST(RecordId, DiffersByEachPartAndByWhereAPartEnds) {
  const Scope usual{"principal", "issuer", "subject", {"tenant", "region"}};
  std::set<Id> ids;
  for (const Scope& scope : {usual, Scope{"anonymous", "issuer", "subject", {"tenant", "region"}},
                             Scope{"principal", "issuers", "ubject", {"tenant", "region"}},
                             Scope{"principal", "issuer", "subjec", {"ttenant", "region"}},
                             Scope{"principal", "issuer", "subject", {"tenantregion"}},
                             Scope{"principal", "issuer", "subject", {"tenant", "region", ""}},
                             Scope{"principal", "issuer", "subject", {"region", "tenant"}}}) {
    EXPECT_TRUE(ids.insert(record_id(scope, "/a.B/C", "key")).second);
  }
  EXPECT_TRUE(ids.insert(record_id(usual, "/a.B/Ck", "ey")).second);
  EXPECT_TRUE(ids.insert(record_id(usual, "/a.B/C", "Key")).second);
  EXPECT_FALSE(ids.insert(record_id(usual, "/a.B/C", "key")).second);
}

TEST(Holder, OfAScopeIsTheCallerWhateverItsMetadataSays) {
  const Scope one{"principal", "issuer", "ada", {"t1"}},
      other{"principal", "issuer", "ada", {"t2"}};
  EXPECT_EQ(holder_of(one), holder_of(other));
  EXPECT_EQ(holder_of(one), "principal \"issuer\" \"ada\"");
  EXPECT_EQ(key_in(one, "order-7"), "order-7 [t1]");
}

TEST(Holder, DiffersFromEveryOther) {
  const std::vector<Scope> callers = {
      {"principal", "a/b", "c", {}},     {"principal", "a", "b/c", {}},
      {"principal", "", "a", {}},        {"principal", "a", "", {}},
      {"anonymous", "", "a", {}},        {"shared", "", "", {}},
      {"principal", "a\" \"b", "c", {}}, {"principal", "a", "b\" \"c", {}}};
  std::set<std::string> texts;
  for (const Scope& caller : callers) texts.insert(holder_of(caller));
  EXPECT_EQ(texts.size(), callers.size());
}

TEST(DownstreamKey, IsTheSameInAllAttemptsOfOneLife) {
  Digest secret{};
  Id id{};
  const Time begin{Milliseconds(1'700'000'000'000)};
  const std::string key = downstream_key(secret, id, begin, "bank");
  EXPECT_EQ(key.size(), 52U);
  EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
  EXPECT_EQ(downstream_key(secret, id, begin, "bank"), key);
  std::set<std::string> keys = {key};
  EXPECT_TRUE(keys.insert(downstream_key(secret, id, begin, "ledger")).second);
  EXPECT_TRUE(keys.insert(downstream_key(secret, id, begin + Milliseconds(1), "bank")).second);
  id[31] = 1;
  EXPECT_TRUE(keys.insert(downstream_key(secret, id, begin, "bank")).second);
  secret[0] = 1;
  EXPECT_TRUE(keys.insert(downstream_key(secret, id, begin, "bank")).second);
}

}  // namespace
}  // namespace cpp_lite::idempotency
