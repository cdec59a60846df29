#include "io/endpoint.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "io/sockaddr.h"

namespace cpp_lite::io {
namespace {

using Kind = Endpoint::Kind;

TEST(Endpoint, PrintsAsPeersAreWrittenInGrpc) {
  EXPECT_EQ((Endpoint{Kind::tcp4, "127.0.0.1", 5}).to_string(), "ipv4:127.0.0.1:5");
  EXPECT_EQ((Endpoint{Kind::tcp6, "::1", 5}).to_string(), "ipv6:[::1]:5");
  EXPECT_EQ((Endpoint{Kind::local, "/run/x", 0}).to_string(), "unix:/run/x");
}

// R55
TEST(Endpoints, FamiliesComeInTurnAsLongAsThereAreBoth) {
  const auto in_turn = [](const std::string& addresses) {
    std::vector<Endpoint> endpoints;
    for (const char address : addresses) {
      endpoints.push_back({address < 'a' ? Kind::tcp6 : Kind::tcp4, {address}, 1});
    }
    std::string text;
    for (const Endpoint& endpoint : families_in_turn(std::move(endpoints))) {
      text += endpoint.address;
    }
    return text;
  };
  EXPECT_EQ(in_turn("ABCab"), "AaBbC");
  EXPECT_EQ(in_turn("abcdA"), "aAbcd");
  EXPECT_EQ(in_turn("aABb"), "aAbB");
  EXPECT_EQ(in_turn("abc"), "abc");
  EXPECT_EQ(in_turn(""), "");
}

TEST(SockAddr, GoesThereAndBack) {
  for (const Endpoint& endpoint :
       {Endpoint{Kind::tcp4, "1.2.3.4", 5}, Endpoint{Kind::tcp6, "2001:db8::1", 65535},
        Endpoint{Kind::tcp6, "fe80::1%lo", 1}, Endpoint{Kind::local, "/run/x", 0},
        Endpoint{Kind::local, "/" + std::string(106, 'x'), 0}}) {
    SockAddr addr;
    ASSERT_TRUE(to_sockaddr(endpoint, addr)) << endpoint.to_string();
    EXPECT_EQ(to_endpoint(addr), endpoint);
  }
}

TEST(SockAddr, RefusesWhatIsNoAddress) {
  SockAddr addr;
  EXPECT_FALSE(to_sockaddr({Kind::tcp4, "localhost", 5}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::tcp4, "1.2.3", 5}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::tcp6, "[::1]", 5}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::tcp6, "fe80::1%", 5}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::tcp6, "fe80::1%nosuchinterface", 5}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::local, "", 0}, addr));
  EXPECT_FALSE(to_sockaddr({Kind::local, std::string(108, 'x'), 0}, addr));
}

TEST(SockAddr, ShowsAnIpv4AddressInsideAnIpv6OneAsIpv4) {
  SockAddr addr;
  ASSERT_TRUE(to_sockaddr({Kind::tcp6, "::ffff:1.2.3.4", 5}, addr));
  EXPECT_EQ(to_endpoint(addr).to_string(), "ipv4:1.2.3.4:5");
}

TEST(SockAddr, ShowsAnUnnamedUnixPeerAsUnix) {
  SockAddr addr;
  addr.storage.ss_family = AF_UNIX;
  addr.size = sizeof(sa_family_t);
  EXPECT_EQ(to_endpoint(addr).to_string(), "unix:");
}

TEST(ErrorWords, BeginInLowerCase) { EXPECT_EQ(error_words(ECONNREFUSED), "connection refused"); }

}  // namespace
}  // namespace cpp_lite::io
