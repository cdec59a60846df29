// The SQLite store is a store: three processes with a database on a disk that forgets.
#include <array>
#include <filesystem>
#include <memory>

#include "sqlite/sqlite_support.h"
#include "stores/store_suite.h"

namespace cpp_lite::idempotency::testing {
namespace {

// Memory, where there is some to write to: hundreds of thousands of commits.
std::filesystem::path fast_folder() {
  std::error_code none;
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory, none) ? memory
                                                     : std::filesystem::temp_directory_path();
}

class SqliteUnderTest final : public StoreUnderTest {
 public:
  SqliteUnderTest() {
    for (int process = 0; process < 3; ++process) SqliteUnderTest::reopen(process);
  }
  std::shared_ptr<Store> store(int process) override {
    return stores_[static_cast<std::size_t>(process)];
  }
  void reopen(int process) override {
    auto& store = stores_[static_cast<std::size_t>(process)];
    store.reset();
    sqlite::WriterOptions options;
    options.path = folder_ / "store.db";
    options.clocks = machine_.clocks();
    store = sqlite::make_store(options, true);
  }
  void pass(Milliseconds time) override { machine_.pass(time); }

 private:
  const sqlite::TemporaryFolder folder_{fast_folder()};
  sqlite::Machine machine_;
  std::array<std::shared_ptr<Store>, 3> stores_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite,
                         ::testing::Values(StoreFactory{
                             .name = "sqlite",
                             .make = [] { return std::make_unique<SqliteUnderTest>(); },
                             .sequences = sequences(500)}));

}  // namespace
}  // namespace cpp_lite::idempotency::testing
