#include <cpp_lite/service_config.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "config/config_text.h"
#include "config/service_config.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

std::string with_timeout(const std::string& duration) {
  return config::with_method("\"timeout\": \"" + duration + "\"");
}

// A file that is gone when the test is.
class File {
 public:
  explicit File(const std::string& text)
      : path_(testing::TempDir() + "cpp_lite_service_config_" +
              testing::UnitTest::GetInstance()->current_test_info()->name()) {
    write(text);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { remove(); }

  const std::string& path() const { return path_; }
  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  void remove() { std::filesystem::remove(path_); }

 private:
  std::string path_;
};

std::chrono::nanoseconds timeout(const ServiceConfig& config) {
  const auto now = config.get();
  const auto* const method = now == nullptr ? nullptr : now->find("/a.B/C");
  return method == nullptr || !method->timeout ? -1ns : *method->timeout;
}

TEST(ServiceConfigHandle, HoldsNothingUnlessGivenSomething) {
  const ServiceConfig none;
  EXPECT_TRUE(none.status().ok());
  EXPECT_EQ(none.get(), nullptr);
  EXPECT_TRUE(none.warnings().empty());
  EXPECT_EQ(none.policy_narrowed(), 0U);
}

TEST(ServiceConfigHandle, IsMadeFromALiteral) {
  const ServiceConfig config = R"({"methodConfig": [{"name": [{}], "timeout": "2s"}]})";
  EXPECT_TRUE(config.status().ok());
  EXPECT_EQ(timeout(config), 2s);
}

TEST(ServiceConfigHandle, SaysEverythingThatIsWrongInOneStatus) {
  const ServiceConfig config(config::with_method("\"timeout\": 5,\n\"waitForReady\": 5"));
  EXPECT_EQ(config.status().code(), Code::invalid_argument);
  EXPECT_EQ(config.status().message(),
            "service config:1:61: methodConfig[0].timeout: must be a string\n"
            "service config:2:17: methodConfig[0].waitForReady: must be true or false");
  EXPECT_EQ(config.get(), nullptr);
}

TEST(ServiceConfigHandle, KeepsThePreviousConfigWhenAnUpdateIsRefused) {
  ServiceConfig config = with_timeout("1s");
  const auto before = config.get();
  EXPECT_EQ(config.update("{").code(), Code::invalid_argument);
  EXPECT_EQ(config.get(), before);
  EXPECT_TRUE(config.status().ok());
  EXPECT_TRUE(config.update(with_timeout("2s")).ok());
  EXPECT_EQ(timeout(config), 2s);
}

TEST(ServiceConfigHandle, RecoversWithItsFirstGoodConfig) {
  ServiceConfig config = "[]";
  EXPECT_FALSE(config.status().ok());
  EXPECT_FALSE(config.update("5").ok());
  EXPECT_EQ(config.status().message(), "service config:1:1: must be an object");
  EXPECT_TRUE(config.update(with_timeout("1s")).ok());
  EXPECT_TRUE(config.status().ok());
  EXPECT_EQ(timeout(config), 1s);
}

TEST(ServiceConfigHandle, ReachesAllItsCopies) {
  ServiceConfig config = with_timeout("1s");
  const ServiceConfig copy = config;
  EXPECT_TRUE(config.update(with_timeout("2s")).ok());
  EXPECT_EQ(timeout(copy), 2s);
  copy.count_narrowed();
  EXPECT_EQ(config.policy_narrowed(), 1U);
}

TEST(ServiceConfigHandle, LeavesACallWithTheConfigThatItBeganWith) {
  ServiceConfig config = with_timeout("1s");
  const auto of_the_call = config.get();
  EXPECT_TRUE(config.update("{}").ok());
  EXPECT_EQ(of_the_call->find("/a.B/C")->timeout, 1s);
  EXPECT_EQ(timeout(config), -1ns);
}

TEST(ServiceConfigHandle, TakesAConfigWhereThereWasNone) {
  ServiceConfig config;
  EXPECT_TRUE(config.update(with_timeout("1s")).ok());
  EXPECT_EQ(timeout(config), 1s);
}

TEST(ServiceConfigHandle, OfNoConfigReachesItsCopiesToo) {
  ServiceConfig config;
  const ServiceConfig given_away = config;
  const ServiceConfig moved = std::move(config);
  EXPECT_TRUE(config.update(with_timeout("1s")).ok());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(timeout(given_away), 1s);
  EXPECT_EQ(timeout(moved), 1s);
}

TEST(ServiceConfigHandle, HasTheWarningsOfItsLastGoodConfig) {
  ServiceConfig config = with_timeout(".5s");
  const std::vector<std::string> expected = {
      "service config:1:61: methodConfig[0].timeout: write \"0.5s\": a digit belongs before the "
      "point"};
  EXPECT_EQ(config.warnings(), expected);
  EXPECT_FALSE(config.update("{").ok());
  EXPECT_EQ(config.warnings(), expected);
  EXPECT_TRUE(config.update("{}").ok());
  EXPECT_TRUE(config.warnings().empty());
}

TEST(ServiceConfigHandle, ReadsAFileAndReadsItAgain) {
  File file(with_timeout("1s"));
  ServiceConfig config = ServiceConfig::from_file(file.path());
  EXPECT_TRUE(config.status().ok());
  EXPECT_EQ(timeout(config), 1s);
  file.write(with_timeout("2s"));
  EXPECT_EQ(timeout(config), 1s);
  EXPECT_TRUE(config.reload().ok());
  EXPECT_EQ(timeout(config), 2s);
}

TEST(ServiceConfigHandle, NamesTheFileThatIsWrong) {
  const File file("{\n  \"methodConfig\": 5\n}\n");
  EXPECT_EQ(ServiceConfig::from_file(file.path()).status().message(),
            file.path() + ":2:19: methodConfig: must be an array");
}

TEST(ServiceConfigHandle, SaysWhyAFileCannotBeRead) {
  const Status missing = ServiceConfig::from_file("/nowhere/config.json").status();
  EXPECT_EQ(missing.code(), Code::invalid_argument);
  EXPECT_EQ(missing.message(), "/nowhere/config.json: No such file or directory");
  EXPECT_EQ(ServiceConfig::from_file("/").status().message(), "/: Is a directory");
}

TEST(ServiceConfigHandle, DoesNotReadAFileWithoutEnd) {
  const Status status = ServiceConfig::from_file("/dev/zero").status();
  EXPECT_EQ(status.message(), "/dev/zero:1:1: larger than 4 MiB");
}

TEST(ServiceConfigHandle, KeepsThePreviousConfigWhenItsFileBreaks) {
  File file(with_timeout("1s"));
  ServiceConfig config = ServiceConfig::from_file(file.path());
  file.write("{");
  EXPECT_EQ(config.reload().code(), Code::invalid_argument);
  file.remove();
  EXPECT_EQ(config.reload().message(), file.path() + ": No such file or directory");
  EXPECT_EQ(timeout(config), 1s);
  EXPECT_TRUE(config.status().ok());
}

TEST(ServiceConfigHandle, CannotReadAgainWhatWasNoFile) {
  ServiceConfig config = "{}";
  EXPECT_EQ(config.reload().code(), Code::failed_precondition);
}

TEST(ServiceConfigHandle, IsReadAndUpdatedByManyThreads) {
  ServiceConfig config = with_timeout("1s");
  std::atomic<bool> done = false, saw_another = false;
  std::thread reader([copy = config, &done, &saw_another] {
    while (!done) {
      const auto seen = timeout(copy);
      if (seen != 1s && seen != 2s) saw_another = true;
    }
  });
  for (int i = 0; i < 200; ++i)
    EXPECT_TRUE(config.update(with_timeout(i % 2 == 0 ? "2s" : "1s")).ok());
  done = true;
  reader.join();
  EXPECT_FALSE(saw_another);
}

}  // namespace
}  // namespace cpp_lite
