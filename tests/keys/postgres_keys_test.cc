// The program itself, run on tables that a PostgreSQL store has made.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "postgres/postgres_support.h"

namespace cpp_lite::postgres {
namespace {

class PostgresKeys : public PostgresTest {
 protected:
  // What it said on both outputs.
  std::string run(const std::string& arguments) {
    const std::string folder = TestServer::instance().socket();
    const std::string host = folder.substr(0, folder.rfind('/'));
    const std::string url =
        "postgresql:///postgres?user=postgres&host=" + host + "&options=-csearch_path%3D" + schema;
    const std::string line = std::string(CPP_LITE_KEYS) + " '" + url + "' " + arguments + " 2>&1";
    std::string said;
    std::FILE* const pipe = popen(line.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      said.append(buffer.data(), n);
    }
    const int status = pclose(pipe);
    code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return said;
  }
  int code = -1;  // of the last run
};

TEST_F(PostgresKeys, ListsShowsAndResolves) {
  BeginArgs args = begin_of(1, 1);
  args.lease = 0ms;
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  ASSERT_TRUE(store->mark_unknown(args.id, args.token).get().ok());
  EXPECT_NE(run("list --state=indeterminate").find("/shop.Shop/Buy  scope  key-1"),
            std::string::npos);
  EXPECT_NE(run("show 0100").find("00000000000000000000000000000001"), std::string::npos);
  const std::string said =
      run("resolve 0100 --token=00000000000000000000000000000001 --result-code=NOT_FOUND");
  EXPECT_EQ(code, 0) << said;
  const auto replay = store->begin(begin_of(1, 9)).get();
  ASSERT_TRUE(is<Replay>(replay));
  EXPECT_EQ(std::get<Replay>(*replay).result.code, Code::not_found);
  EXPECT_NE(run("redact 0100").find("stays taken"), std::string::npos);
  EXPECT_NE(run("purge").find("0 expired"), std::string::npos);
}

TEST_F(PostgresKeys, GivesACopyAnIdAndBelievesTheClock) {
  EXPECT_NE(run("confirm-clock").find("believed"), std::string::npos);
  const std::string before = store->id();
  EXPECT_NE(run("new-id").find("new id"), std::string::npos);
  EXPECT_NE(make_store(options)->id(), before);
  EXPECT_FALSE(store->begin(begin_of(1, 1)).get().ok());
}

TEST_F(PostgresKeys, MakesNoTables) {
  Sql(options.where).run("DROP SCHEMA " + schema + " CASCADE; CREATE SCHEMA " + schema);
  EXPECT_NE(run("list").find("no store"), std::string::npos);
  EXPECT_EQ(code, 3);
}

}  // namespace
}  // namespace cpp_lite::postgres
