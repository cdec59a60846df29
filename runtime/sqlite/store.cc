#include "sqlite/store.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <future>
#include <string>
#include <utility>

#include "idempotency/state.h"
#include "idempotency/stepped_store.h"
#include "sqlite/steps.h"
#include "sqlite/system.h"

namespace cpp_lite::sqlite {
namespace {

using namespace idempotency;  // NOLINT: the vocabulary of the whole file

constexpr std::size_t kMostAtOnce = 10'000;  // records of one purge() or list()

// Whether the writer can read: check() waits for it, on a thread that may.
class Probe final : public Operation {
 public:
  std::future<Status> future() { return promise_.get_future(); }

  bool writes() const override { return false; }
  Status run(Session&) override { return {}; }
  void answer() override { promise_.set_value(Status()); }
  void fail(const Status& why, bool) override { promise_.set_value(why); }

 private:
  std::promise<Status> promise_;
};

class SqliteStore final : public SteppedStore<SqliteStore> {
  friend class SteppedStore<SqliteStore>;

  // --- How an operation gets to the writer ---

  template <typename F>
  auto submit(bool writes, F work) {
    auto operation = make_operation(writes, std::move(work));
    auto future = operation->future();
    writer_->submit(std::move(operation));
    return future;
  }
  template <typename Answer, typename F>
  Future<Result<Answer>> change(const Id& id, F step) {
    return submit(true, [id, step = std::move(step)](Session& session) mutable -> Result<Answer> {
      Answer answer{};
      Status status = take_step(session, id, Want::state, step, answer);
      if (!status.ok()) return status;
      return answer;
    });
  }
  // Redaction needs the result, to tell what it weighs.
  template <typename F>
  Future<Status> administer(const Id& id, F step) {
    return submit(true, [id, step = std::move(step)](Session& session) mutable {
      Status answer;
      Status status = take_step(session, id, Want::result, step, answer);
      return status.ok() ? answer : status;
    });
  }

 public:
  SqliteStore(WriterOptions options, bool trust_file_system)
      : path_(options.path),
        trust_file_system_(trust_file_system),
        writer_(std::make_shared<Writer>(std::move(options))) {}

  Future<Result<BeginResult>> begin(BeginArgs args) override {
    return submit(true, [args = std::move(args)](Session& session) mutable {
      return sqlite::begin(session, args);
    });
  }
  Future<Result<std::unique_ptr<Transaction>>> open(BeginArgs args) override {
    return sqlite::open(writer_, std::move(args));
  }
  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return submit(false, [id, fingerprint](Session& session) -> Result<LookupResult> {
      const auto row = session.find(id, Want::result);
      if (!row.ok()) return row.status();
      return idempotency::lookup(row->has_value() ? &(*row)->record : nullptr, fingerprint,
                                 session.now());
    });
  }

  Future<Result<std::size_t>> purge(std::size_t max) override {
    return submit(
        true, [max = std::min(max, kMostAtOnce)](Session& session) { return session.purge(max); });
  }
  Future<Result<std::vector<Entry>>> list(std::optional<State> state, std::optional<Id> after,
                                          std::size_t max) override {
    return submit(false, [state, after, max = std::min(max, kMostAtOnce)](Session& session) {
      return session.list(state, after, max);
    });
  }

  Capabilities capabilities() const override {
    return {.durable = true,
            .multi_process = true,
            .multi_host = false,
            .transactional = true,
            .one_writer = true};
  }
  const std::string& id() const override { return identity().id; }
  const Digest& secret() const override { return identity().secret; }
  Status check() override;

 private:
  const Identity& identity() const {
    const Identity* known = writer_->identity();
    return known != nullptr ? *known : unknown_;
  }

  const std::string path_;
  const bool trust_file_system_;
  const Identity unknown_;
  const std::shared_ptr<Writer> writer_;
};

Status SqliteStore::check() {
  constexpr int kOldest = 3'035'000;
  if (sqlite3_libversion_number() < kOldest || sqlite3_threadsafe() == 0) {
    return {
        Code::failed_precondition,
        std::string("sqlite: the library has to be 3.35 or later, for several threads; it is ") +
            sqlite3_libversion()};
  }
  if (Status status = check_place(path_, trust_file_system_); !status.ok()) return status;
  auto probe = std::make_unique<Probe>();
  std::future<Status> answer = probe->future();
  writer_->submit(std::move(probe));
  return answer.get();
}

}  // namespace

std::shared_ptr<TransactionalStore> make_store(WriterOptions options, bool trust_file_system) {
  return std::make_shared<SqliteStore>(std::move(options), trust_file_system);
}

}  // namespace cpp_lite::sqlite
