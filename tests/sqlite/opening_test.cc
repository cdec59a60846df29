#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "sqlite/schema.h"
#include "sqlite/system.h"
#include "sqlite_support.h"

namespace cpp_lite::sqlite {
namespace {

// What check() says of a database as the test has left it.
class SqliteOpening : public SqliteTest {
 protected:
  void make() { open_store(); }
  std::string checked() {
    const Status status = open_store()->check();
    if (!status.ok()) {
      EXPECT_EQ(status.code(), Code::failed_precondition) << status.to_string();
    }
    return status.message();
  }
  void expect_refusal(const std::string& part) {
    const std::string said = checked();
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
};

TEST_F(SqliteOpening, MakesAFileThatOnlyItsOwnerReads) {
  make();
  for (const char* part : {"", "-wal", "-shm"}) {
    if (!std::filesystem::exists(path + part)) continue;
    EXPECT_EQ(std::filesystem::status(path + part).permissions() & std::filesystem::perms::all,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST_F(SqliteOpening, GivesEachDatabaseAnIdAndASecretOfItsOwn) {
  auto first = open_store();
  WriterOptions elsewhere = options();
  elsewhere.path = folder / "other.db";
  auto second = make_store(elsewhere, true);
  EXPECT_NE(first->id(), second->id());
  EXPECT_NE(first->secret(), second->secret());
}

TEST_F(SqliteOpening, LivesBesideTheTablesOfTheApplication) {
  std::ofstream(path).close();
  ASSERT_EQ(Shell(path).run("CREATE TABLE ledger(x); INSERT INTO ledger VALUES(1)"), SQLITE_OK);
  EXPECT_EQ(checked(), "");
  EXPECT_EQ(Shell(path).number("SELECT x FROM ledger"), 1);
}

TEST_F(SqliteOpening, RefusesAFolderThatIsNotThere) {
  WriterOptions nowhere = options();
  nowhere.path = folder / "missing/store.db";
  auto store = make_store(nowhere, true);
  EXPECT_EQ(store->check().code(), Code::failed_precondition);
  EXPECT_EQ(store->id(), "");
  EXPECT_EQ(store->begin(begin_of(1, 1)).get().status().code(), Code::unavailable);
}

TEST_F(SqliteOpening, CheckTriesAgain) {
  WriterOptions nowhere = options();
  nowhere.path = folder / "later/store.db";
  auto store = make_store(nowhere, true);
  EXPECT_FALSE(store->check().ok());
  std::filesystem::create_directory(folder / "later");
  EXPECT_TRUE(store->check().ok());
  EXPECT_EQ(store->id().size(), 32u);
}

TEST_F(SqliteOpening, RefusesDatabasesWithoutAFile) {
  for (const char* name : {"", ":memory:"}) {
    EXPECT_EQ(sqlite_store(name, {.log = {}})->check().code(), Code::failed_precondition);
  }
}

TEST_F(SqliteOpening, RefusesAFileThatIsNoDatabase) {
  std::ofstream(path) << std::string(5000, 'x');
  auto store = open_store();
  EXPECT_NE(store->check().message().find("not a database"), std::string::npos);
}

TEST_F(SqliteOpening, RefusesAMissingDatabaseThatItMayNotMake) {
  EXPECT_FALSE(sqlite_store(path, {.create = false, .log = {}})->check().ok());
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(SqliteOpening, RefusesTheStoreOfANewerRelease) {
  make();
  Shell(path).run("UPDATE cpp_lite_meta SET version = 4, readable_by = 3");
  expect_refusal("newer release");
}

TEST_F(SqliteOpening, RefusesANewerStoreEvenIfItsTablesChanged) {
  make();
  Shell(path).run(
      "UPDATE cpp_lite_meta SET version = 4, readable_by = 3;"
      "ALTER TABLE cpp_lite_records RENAME COLUMN body TO content");
  expect_refusal("newer release");
}

TEST_F(SqliteOpening, RefusesTheSchemaOfBeforeTheFirstRelease) {
  make();
  Shell(path).run("UPDATE cpp_lite_meta SET version = 1, readable_by = 1");
  expect_refusal("before the first release");
}

TEST_F(SqliteOpening, ReadsTheStoreOfTheNextReleaseIfThatSaysSo) {
  make();
  Shell(path).run(
      "UPDATE cpp_lite_meta SET version = 3;"
      "ALTER TABLE cpp_lite_records ADD COLUMN news INTEGER NOT NULL DEFAULT 7");
  EXPECT_EQ(checked(), "");
  EXPECT_TRUE(is<Acquired>(open_store()->begin(begin_of(1, 1)).get()));
}

TEST_F(SqliteOpening, RefusesForeignTablesOfItsNames) {
  std::ofstream(path).close();
  Shell(path).run("CREATE TABLE cpp_lite_records(x)");
  expect_refusal("not this library's");
}

TEST_F(SqliteOpening, RefusesHalfAStore) {
  make();
  Shell(path).run("DROP VIEW cpp_lite_readable; DROP TABLE cpp_lite_records");
  expect_refusal("missing");
}

TEST_F(SqliteOpening, ADamagedRowIsAnErrorNotAGuess) {
  auto store = open_store();
  ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
  Shell(path).run("UPDATE cpp_lite_records SET state = 9");
  EXPECT_EQ(store->begin(begin_of(1, 2)).get().status().code(), Code::data_loss);
  EXPECT_TRUE(is<Acquired>(store->begin(begin_of(2, 2)).get()));
}

TEST_F(SqliteOpening, AHeadOrAnOwnerThatIsNotOursIsAnErrorNotAGuess) {
  auto store = open_store();
  for (const char* damage : {"head = x'01020304'", "head = x'02' || substr(head, 2)",
                             "head = head || x'00'", "owner = 'host 4711'", "owner = ''"}) {
    SCOPED_TRACE(damage);
    ASSERT_TRUE(is<Acquired>(store->begin(begin_of(1, 1)).get()));
    Shell(path).run((std::string("UPDATE cpp_lite_records SET ") + damage).c_str());
    EXPECT_EQ(store->begin(begin_of(1, 2)).get().status().code(), Code::data_loss);
    Shell(path).run("DELETE FROM cpp_lite_records");
  }
}

TEST_F(SqliteOpening, ConfirmingTheClockLetsRecordsExpireAgain) {
  const std::string real = folder / "real.db";  // the tool knows the system's clock only
  auto store = sqlite_store(real, {.log = {}});
  ASSERT_TRUE(store->check().ok());
  EXPECT_EQ(sqlite_confirm_clock(real).to_string(), "OK");
  EXPECT_EQ(sqlite_confirm_clock(folder / "none.db").code(), Code::unavailable);
}

TEST(SqlitePlace, NetworkFileSystemsAreKnownByTheirNumbers) {
  EXPECT_EQ(unfit_file_system(0x6969), "NFS");
  EXPECT_EQ(unfit_file_system(static_cast<long>(0xff534d42)), "CIFS");
  EXPECT_EQ(unfit_file_system(static_cast<int>(0xff534d42)), "CIFS");  // as a signed number
  EXPECT_EQ(unfit_file_system(0x65735546), "FUSE");
  EXPECT_EQ(unfit_file_system(0xef53), "");      // ext4
  EXPECT_EQ(unfit_file_system(0x01021994), "");  // tmpfs
}

}  // namespace
}  // namespace cpp_lite::sqlite
