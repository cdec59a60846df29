#include "io/target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cpp_lite::io {
namespace {

using Kind = Endpoint::Kind;

Target parsed(std::string_view text) {
  Target target;
  const Status status = parse_target(text, target);
  EXPECT_TRUE(status.ok()) << status.to_string();
  return target;
}

std::string refused(std::string_view text) {
  Target target;
  const Status status = parse_target(text, target);
  EXPECT_EQ(status.code(), Code::invalid_argument) << text;
  return status.message();
}

TEST(Target, IsANameAndAPort) {
  for (const char* text : {"payments:50051", "dns:payments:50051", "dns:///payments:50051"}) {
    const Target target = parsed(text);
    EXPECT_TRUE(target.endpoints.empty());
    EXPECT_EQ(target.host, "payments");
    EXPECT_EQ(target.port, 50051);
    EXPECT_EQ(target.authority, "payments:50051");
  }
}

TEST(Target, HasPort443ByDefault) {
  EXPECT_EQ(parsed("dns:///payments").port, 443);
  EXPECT_EQ(parsed("payments").authority, "payments");
  EXPECT_EQ(parsed("ipv4:1.2.3.4").endpoints[0].port, 443);
  EXPECT_EQ(parsed("::1").endpoints[0].port, 443);
}

TEST(Target, MayBeAnAddressThatNeedsNoLookup) {
  using Endpoints = std::vector<Endpoint>;
  EXPECT_EQ(parsed("127.0.0.1:5").endpoints, (Endpoints{{Kind::tcp4, "127.0.0.1", 5}}));
  EXPECT_EQ(parsed("dns:///127.0.0.1:5").endpoints, (Endpoints{{Kind::tcp4, "127.0.0.1", 5}}));
  EXPECT_EQ(parsed("[::1]:5").endpoints, (Endpoints{{Kind::tcp6, "::1", 5}}));
  EXPECT_EQ(parsed("[::1]").endpoints, (Endpoints{{Kind::tcp6, "::1", 443}}));
  EXPECT_EQ(parsed("ipv6:[::1]:5").endpoints, (Endpoints{{Kind::tcp6, "::1", 5}}));
  EXPECT_EQ(parsed("ipv6:[fe80::1%25lo]:5").endpoints, (Endpoints{{Kind::tcp6, "fe80::1%lo", 5}}));
  EXPECT_EQ(parsed("ipv4:1.2.3.4:5,6.7.8.9:10").endpoints,
            (Endpoints{{Kind::tcp4, "1.2.3.4", 5}, {Kind::tcp4, "6.7.8.9", 10}}));
  EXPECT_EQ(parsed("ipv6:[::1]:5,[::2]:6").endpoints,
            (Endpoints{{Kind::tcp6, "::1", 5}, {Kind::tcp6, "::2", 6}}));
}

TEST(Target, MayBeThePathOfAUnixSocket) {
  EXPECT_EQ(parsed("unix:relative/x").endpoints[0].address, "relative/x");
  EXPECT_EQ(parsed("unix:/run/x").endpoints[0].address, "/run/x");
  EXPECT_EQ(parsed("unix:///run/x").endpoints[0].address, "/run/x");
  EXPECT_EQ(parsed("unix:/run/a%20b%zz%").endpoints[0].address, "/run/a b%zz%");
  EXPECT_EQ(parsed("unix:/run/x").authority, "localhost");
}

TEST(Target, HasTheAuthorityThatTheUserWrote) {
  EXPECT_EQ(parsed("[::1]:5").authority, "[::1]:5");
  EXPECT_EQ(parsed("::1").authority, "[::1]");
  EXPECT_EQ(parsed("ipv4:1.2.3.4:5,6.7.8.9:10").authority, "1.2.3.4:5");
}

TEST(Target, KnowsWhatStaysOnThisMachine) {
  for (const char* text : {"localhost:1", "LOCALHOST:1", "a.localhost:1", "localhost.:1",
                           "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1", "unix:x"}) {
    EXPECT_TRUE(parsed(text).is_local()) << text;
  }
  for (const char* text : {"notlocalhost:1", "localhost.com:1", "payments:1", "0.0.0.0:1", "[::]:1",
                           "ipv4:127.0.0.1:1,10.0.0.1:1"}) {
    EXPECT_FALSE(parsed(text).is_local()) << text;
  }
}

TEST(Target, SaysWhatIsWrong) {
  const auto says = [](std::string_view text, std::string_view what) {
    EXPECT_EQ(refused(text), "bad target '" + std::string(text) + "': " + std::string(what));
  };
  says("", "the host is missing");
  says(":1", "the host is missing");
  says("dns:///", "the host is missing");
  says("host:", "the port is missing after ':'");
  says("host:http", "'http' is not a port (0 to 65535)");
  says("host:65536", "'65536' is not a port (0 to 65535)");
  says("host:-1", "'-1' is not a port (0 to 65535)");
  says("host:1 ", "'1 ' is not a port (0 to 65535)");
  says("a:b:1", "more than one ':' (an IPv6 address with a port needs brackets: [::1]:1)");
  says("[::1", "']' is missing");
  says("[::1]5", "after ']' comes ':' and the port");
  says("[host]:5", "'host' is not an IPv6 address");
  says("ipv4:host:1", "'host' is not an IPv4 address");
  says("ipv4:[::1]:1", "'::1' is not an IPv4 address");
  says("ipv4:1.2.3.4:5,", "the host is missing");
  says("ipv6:1.2.3.4:5", "'1.2.3.4' is not an IPv6 address");
  says("1.2.3:1", "'1.2.3' is neither an IP address nor a host name");
  says("ho st:1", "'ho st' is not a host name (others than ASCII go as punycode)");
  says("dns://8.8.8.8/host:1",
       "a DNS server of one's own (dns://server/host) is not supported; write dns:///host");
  says("dns://host:1", "after dns:// comes /host, as in dns:///host:1");
  says("http://host:1", "unknown scheme 'http' (known are dns, ipv4, ipv6 and unix)");
  says("unix:", "the path is missing");
  says("unix://run/x", "after unix:// the path must be absolute, as in unix:///run/x.sock");
  says("unix-abstract:x", "abstract unix sockets are not supported");
  refused("unix:/" + std::string(200, 'x'));
  refused(std::string(254, 'x') + ":1");
}

TEST(Target, NeedsAPortWhereThereIsNoDefault) {
  Target target;
  EXPECT_EQ(parse_target("localhost", target, std::nullopt).message(),
            "bad target 'localhost': the port is missing");
  EXPECT_TRUE(parse_target("localhost:0", target, std::nullopt).ok());
  EXPECT_TRUE(parse_target("unix:x", target, std::nullopt).ok());
}

TEST(Target, StaysAsItWasWhenTheTextIsWrong) {
  Target target = parsed("host:1");
  EXPECT_FALSE(parse_target("ipv4:1.2.3.4:5,x", target).ok());
  EXPECT_EQ(target.host, "host");
  EXPECT_TRUE(target.endpoints.empty());
}

}  // namespace
}  // namespace cpp_lite::io
