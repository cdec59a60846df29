// A database in a folder of its own, clocks that are turned by hand, and short words for calls.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <cpp_lite/sqlite_store.h>

#include "sqlite/store.h"
#include "support/store_values.h"

namespace cpp_lite::sqlite {

using namespace std::chrono_literals;
using idempotency::Acquired;
using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::Busy;
using idempotency::CompleteResult;
using idempotency::FenceResult;
using idempotency::Replay;
using idempotency::Token;
using idempotency::Transaction;
using idempotency::TransactionalStore;

class TemporaryFolder {
 public:
  explicit TemporaryFolder(
      const std::filesystem::path& in = std::filesystem::temp_directory_path()) {
    std::string name = (in / "cpp-lite-sqlite-XXXXXX").string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// Both clocks of a machine. Stores may read them for longer than it lives: the thread of a store
// ends some time after the last operation was answered.
class Machine {
 public:
  idempotency::Clocks clocks() const {
    return {[now = now_] { return Time(Milliseconds(now->wall)); },
            [now = now_] { return Milliseconds(now->steady); }, "boot"};
  }
  void pass(Milliseconds time) {
    now_->wall += time.count();
    now_->steady += time.count();
  }
  void set_wall_ahead(Milliseconds by) { now_->wall += by.count(); }
  Time wall() const { return Time(Milliseconds(now_->wall)); }

 private:
  struct Now {
    std::atomic<std::int64_t> wall{std::chrono::milliseconds(1'800'000'000s).count()};
    std::atomic<std::int64_t> steady{5000};
  };
  const std::shared_ptr<Now> now_ = std::make_shared<Now>();
};

// Another program's connection, for what tests want to see or to do behind the store's back.
class Shell {
 public:
  explicit Shell(const std::string& path) {
    EXPECT_EQ(sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
  }
  // Of a transaction that a handler has.
  explicit Shell(Transaction& transaction)
      : handle_(static_cast<sqlite3*>(transaction.handle())), owned_(false) {}
  ~Shell() {
    if (owned_) sqlite3_close_v2(handle_);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  int run(const std::string& sql) {
    return sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) & 0xff;
  }
  // The first column of the first row; -1: none.
  std::int64_t number(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    std::int64_t value = -1;
    if (sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW) {
      value = sqlite3_column_int64(statement, 0);
    }
    sqlite3_finalize(statement);
    return value;
  }
  sqlite3* handle() { return handle_; }

 private:
  sqlite3* handle_ = nullptr;
  const bool owned_ = true;
};

using idempotency::testing::begin_of;
using idempotency::testing::id_of;
using idempotency::testing::result_of;
using idempotency::testing::token_of;
using idempotency::testing::transactional;

class SqliteTest : public testing::Test {
 protected:
  WriterOptions options() {
    WriterOptions options;
    options.path = path;
    options.clocks = machine.clocks();
    options.share_for = 1h;
    options.patience = 1h;
    options.setup.busy_timeout = 20ms;
    options.on_commit = [this](std::size_t operations) {
      const std::lock_guard lock(mutex);
      commits.push_back(operations);
    };
    options.log = [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex);
      lines.emplace_back(line);
    };
    return options;
  }
  std::shared_ptr<TransactionalStore> open_store() { return make_store(options(), true); }

  std::size_t commit_count() {
    const std::lock_guard lock(mutex);
    return commits.size();
  }

  TemporaryFolder folder;
  const std::string path = folder / "store.db";
  Machine machine;
  std::mutex mutex;  // guards the rest
  std::vector<std::size_t> commits;
  std::vector<std::string> lines;
};

template <typename Answer, typename From>
bool is(const Result<From>& answer) {
  return answer.ok() && std::holds_alternative<Answer>(*answer);
}

}  // namespace cpp_lite::sqlite
