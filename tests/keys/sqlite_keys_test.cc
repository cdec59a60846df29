// The program itself, run on databases that a store has made.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <string>

#include "sqlite_support.h"

namespace cpp_lite::sqlite {
namespace {

constexpr const char* kId1 = "0100000000000000000000000000000000000000000000000000000000000000";
constexpr const char* kToken1 = "00000000000000000000000000000001";

struct Ran {
  int code = -1;
  std::string said;  // on both outputs
  bool says(const std::string& text) const { return said.find(text) != std::string::npos; }
};

class SqliteKeys : public SqliteTest {
 protected:
  Ran run(const std::string& arguments) { return run_on("sqlite:" + path, arguments); }
  static Ran run_on(const std::string& url, const std::string& arguments) {
    const std::string line = std::string(CPP_LITE_KEYS) + " '" + url + "' " + arguments + " 2>&1";
    Ran ran;
    std::FILE* const pipe = popen(line.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
      ran.said.append(buffer.data(), n);
    }
    const int status = pclose(pipe);
    ran.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }
  // A call whose outcome nobody knows: its lease has ended on every clock.
  void lose(std::uint8_t key) {
    BeginArgs args = begin_of(key, key);
    args.owner = {"a-host", 4711, {}};
    ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
    ASSERT_TRUE(store->mark_unknown(args.id, args.token).get().ok());
    Shell(path).run("UPDATE cpp_lite_records SET lease_until = 0");
  }
  void complete(std::uint8_t key) {
    ASSERT_TRUE(is<Acquired>(store->begin(begin_of(key, key)).get()));
    ASSERT_TRUE(store->complete(id_of(key), token_of(key), result_of("fine"), 1h).get().ok());
  }

  std::shared_ptr<IdempotencyStore> store = sqlite_store(path, {.log = {}});
};

TEST_F(SqliteKeys, ListsRecordsByState) {
  lose(1);
  complete(2);
  const Ran all = run("list");
  EXPECT_EQ(all.code, 0) << all.said;
  EXPECT_TRUE(all.says("0100000000000000") && all.says("0200000000000000")) << all.said;
  EXPECT_TRUE(all.says("/shop.Shop/Buy  scope  key-1")) << all.said;
  const Ran unknown = run("list --state=indeterminate");
  EXPECT_TRUE(unknown.says("key-1") && !unknown.says("key-2")) << unknown.said;
  const Ran one = run("list --limit=1");
  EXPECT_TRUE(one.says("key-1") && !one.says("key-2")) << one.said;
}

TEST_F(SqliteKeys, ShowsARecordByTheBeginningOfItsId) {
  lose(1);
  const Ran shown = run("show 0100");
  EXPECT_EQ(shown.code, 0) << shown.said;
  EXPECT_TRUE(shown.says(kId1) && shown.says(kToken1)) << shown.said;
  EXPECT_TRUE(shown.says("a-host, process 4711")) << shown.said;
  EXPECT_EQ(run(std::string("show ") + kId1).code, 0);
  EXPECT_EQ(run("show 0101").code, 1);
  EXPECT_EQ(run("show 01").code, 2);
  EXPECT_EQ(run("show xyzw").code, 2);
  EXPECT_EQ(run("show").code, 2);
}

TEST_F(SqliteKeys, FindsTheVeryFirstId) {
  complete(0);
  EXPECT_TRUE(run("show 0000").says("completed"));
}

TEST_F(SqliteKeys, ASharedBeginningIsNotEnough) {
  complete(1);
  BeginArgs args = begin_of(1, 2);
  args.id[31] = 7;
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  EXPECT_TRUE(run("show 0100").says("several"));
  EXPECT_EQ(run(std::string("show ") + kId1).code, 0);
}

TEST_F(SqliteKeys, ResolvesWithAnAnswer) {
  lose(1);
  const std::string resolve = std::string("resolve 0100 --token=") + kToken1;
  const Ran ran = run(resolve + " --result-code=NOT_FOUND --message='no such card'");
  EXPECT_EQ(ran.code, 0) << ran.said;
  const auto replay = store->begin(begin_of(1, 9)).get();
  ASSERT_TRUE(is<Replay>(replay));
  EXPECT_EQ(std::get<Replay>(*replay).result.code, Code::not_found);
  EXPECT_EQ(std::get<Replay>(*replay).result.message, "no such card");
  EXPECT_EQ(run(resolve + " --release").code, 1);  // too late
}

TEST_F(SqliteKeys, ResolvesWithAResponseFromAFile) {
  lose(1);
  const std::string file = folder / "response";
  std::ofstream(file) << "bytes";
  const std::string resolve = std::string("resolve 0100 --result-code=OK --token=") + kToken1;
  EXPECT_EQ(run(resolve).code, 2);
  EXPECT_EQ(run(resolve + " --body-file=" + file).code, 0);
  const auto replay = store->begin(begin_of(1, 9)).get();
  StoredResult bytes;
  bytes.body = {'b', 'y', 't', 'e', 's'};
  EXPECT_EQ(std::get<Replay>(*replay).result, idempotency::in_clear(bytes));
}

TEST_F(SqliteKeys, AResponseThatCannotBeReadResolvesNothing) {
  lose(1);
  const std::string resolve = std::string("resolve 0100 --result-code=OK --token=") + kToken1;
  for (const std::string& file : {folder / "missing", folder / ""}) {
    const Ran ran = run(resolve + " --body-file=" + file);
    EXPECT_EQ(ran.code, 2) << ran.said;
    EXPECT_TRUE(ran.says("cannot read")) << ran.said;
  }
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->begin(begin_of(1, 9)).get()));
}

// A flag with a value may mean the opposite of what it does; an option without one means nothing.
TEST_F(SqliteKeys, DoesNothingThatIsSaidInAnotherWay) {
  lose(1);
  const std::string token = std::string(" --token=") + kToken1;
  const std::vector<std::string> all_wrong{"resolve 0100 --release=false" + token,
                                           "resolve 0100 --release=" + token,
                                           "resolve 0100 --release --force=0" + token,
                                           "resolve 0100 --release" + token + token,
                                           "resolve 0100 --release --token " + std::string(kToken1),
                                           "resolve 0100 --release --token" + token,
                                           "purge 0100",
                                           "purge --max",
                                           "list all",
                                           "redact 0100 0200",
                                           "new-id now"};
  for (const std::string& wrong : all_wrong) {
    EXPECT_EQ(run(wrong).code, 2) << wrong;
  }
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->begin(begin_of(1, 9)).get()));
}

TEST_F(SqliteKeys, FindsWhatBecameOfAKey) {
  for (std::uint8_t key = 1; key <= 40; ++key) complete(key);
  const Ran one = run("list --key=key-31");
  EXPECT_TRUE(one.says("1f00000000000000") && !one.says("key-30")) << one.said;
  EXPECT_FALSE(run("list --key=key-0").says("completed"));
}

TEST_F(SqliteKeys, FindsAKeyOfAnyTenantAndAUuidInCapitals) {
  BeginArgs tenants = begin_of(1, 1);
  tenants.label.key = "order-1 [tenant-a]";
  BeginArgs uuid = begin_of(2, 2);
  uuid.label.key = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
  for (const BeginArgs& args : {tenants, uuid}) {
    ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  }
  EXPECT_TRUE(run("list --key=order-1").says("0100000000000000"));
  EXPECT_TRUE(run("list --key='order-1 [tenant-a]'").says("0100000000000000"));
  EXPECT_FALSE(run("list --key=order").says("0100000000000000"));
  EXPECT_FALSE(run("list --key=ORDER-1").says("0100000000000000"));
  EXPECT_TRUE(run("list --key=F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6").says("0200000000000000"));
}

TEST_F(SqliteKeys, SaysThatThereIsMoreThanItLists) {
  for (std::uint8_t key = 1; key <= 3; ++key) complete(key);
  EXPECT_TRUE(run("list --limit=2").says("and more"));
  EXPECT_FALSE(run("list --limit=3").says("and more"));
}

TEST_F(SqliteKeys, AnUnknownOutcomeDoesNotLookAsIfItExpired) {
  lose(1);
  EXPECT_TRUE(run("show 0100").says("expires at   never"));
}

// Each command that docs/idempotency.md shows.
TEST_F(SqliteKeys, TheCommandsOfTheDocsAreUnderstood) {
  std::ofstream(folder / "answer.bin") << "bytes";
  std::ifstream page(std::string(CPP_LITE_DOCS) + "/idempotency.md");
  const std::string start = "cpp-lite-keys sqlite:payments.db ";
  int commands = 0;
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with(start)) continue;
    ++commands;
    lose(static_cast<std::uint8_t>(commands));
    std::string command = line.substr(start.size(), line.find('#') - start.size());
    const auto put = [&](const std::string& name, const std::string& value) {
      const std::size_t at = command.find(name);
      if (at != command.npos) command.replace(at, name.size(), value);
    };
    put(" ID", " 0" + std::to_string(commands) + "00");
    put("=TOKEN", "=" + std::string(31, '0') + std::to_string(commands));
    put("answer.bin", folder / "answer.bin");
    const Ran ran = run(command);
    EXPECT_EQ(ran.code, 0) << command << ": " << ran.said;
  }
  EXPECT_EQ(commands, 5);
}

TEST_F(SqliteKeys, ResolvesAsNeverDone) {
  lose(1);
  EXPECT_EQ(run(std::string("resolve 0100 --release --token=") + kToken1).code, 0);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(1, 9)).get()));
}

TEST_F(SqliteKeys, ResolvesNothingWithoutTheRightToken) {
  lose(1);
  EXPECT_EQ(run("resolve 0100 --release").code, 2);
  EXPECT_EQ(run("resolve 0100 --release --token=00").code, 2);
  EXPECT_EQ(run("resolve 0100 --release --token=00000000000000000000000000000009").code, 1);
  EXPECT_EQ(run(std::string("resolve 0100 --token=") + kToken1).code, 2);
  EXPECT_TRUE(is<idempotency::Indeterminate>(store->begin(begin_of(1, 9)).get()));
}

TEST_F(SqliteKeys, ARunningLeaseIsOnlyResolvedByForce) {
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  ASSERT_TRUE(store->mark_unknown(id_of(1), token_of(1)).get().ok());
  const std::string resolve = std::string("resolve 0100 --release --token=") + kToken1;
  EXPECT_EQ(run(resolve).code, 1);
  EXPECT_EQ(run(resolve + " --force").code, 0);
}

TEST_F(SqliteKeys, RedactsAnAnswer) {
  complete(1);
  EXPECT_EQ(run("redact 0100").code, 0);
  const auto replay = store->begin(begin_of(1, 9)).get();
  ASSERT_TRUE(is<Replay>(replay));
  EXPECT_TRUE(std::get<Replay>(*replay).result.tombstone);
  EXPECT_TRUE(run("show 0100").says("not kept"));
}

TEST_F(SqliteKeys, PurgesWhatHasExpired) {
  complete(1);
  complete(2);
  Shell(path).run("UPDATE cpp_lite_records SET expires_at = 0, purge_from = 0 WHERE n = 1");
  EXPECT_TRUE(run("purge").says("1 expired"));
  EXPECT_TRUE(run("purge").says("0 expired"));
}

TEST_F(SqliteKeys, GivesACopyAnIdOfItsOwn) {
  const std::string before = store->id();
  store.reset();
  EXPECT_EQ(run("new-id").code, 0);
  store = sqlite_store(path, {.log = {}});
  EXPECT_NE(store->id(), before);
}

TEST_F(SqliteKeys, ConfirmsTheClock) { EXPECT_EQ(run("confirm-clock").code, 0); }

TEST_F(SqliteKeys, PrintsNothingThatATerminalWouldObey) {
  BeginArgs args = begin_of(1, 1);
  args.label.key = "\x1b[2J";
  ASSERT_TRUE(is<Acquired>(store->begin(args).get()));
  EXPECT_TRUE(run("list").says("\\x1b[2J"));
}

TEST_F(SqliteKeys, MakesNoDatabase) {
  const std::string missing = folder / "missing.db";
  EXPECT_EQ(run_on("sqlite:" + missing, "list").code, 3);
  EXPECT_EQ(run_on("sqlite:" + missing, "new-id").code, 3);
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(SqliteKeys, SaysWhatItDoesNotUnderstand) {
  EXPECT_EQ(run("lst").code, 2);
  EXPECT_EQ(run("list --stat=1").code, 2);
  EXPECT_EQ(run("list --state=gone").code, 2);
  EXPECT_EQ(run("list --limit=many").code, 2);
  EXPECT_EQ(run("").code, 2);
  const Ran other = run_on("mysql:x", "list");
  EXPECT_EQ(other.code, 2);
  EXPECT_TRUE(other.says("sqlite:FILE")) << other.said;
}

TEST_F(SqliteKeys, Helps) {
  const Ran help = run("--help");
  EXPECT_EQ(help.code, 0);
  EXPECT_TRUE(help.says("resolve ID") && help.says("sqlite:FILE")) << help.said;
}

}  // namespace
}  // namespace cpp_lite::sqlite
