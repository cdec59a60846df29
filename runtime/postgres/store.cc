#include "postgres/store.h"

#include <algorithm>
#include <string>
#include <utility>

#include "idempotency/record_codec.h"
#include "idempotency/state.h"
#include "idempotency/stepped_store.h"
#include "postgres/core.h"
#include "postgres/transaction.h"

namespace cpp_lite::postgres {
namespace {

using namespace idempotency;  // NOLINT: the vocabulary of the whole file

constexpr std::size_t kMostAtOnce = 10'000;  // records of one purge() or list()

Result<std::vector<Entry>> read_list(Context& context, Connection& connection,
                                     std::optional<State> state, const std::optional<Id>& after,
                                     std::size_t max) {
  const auto& known = *context.known();
  Values values;
  values.add(after ? View(*after) : View()).add(state ? static_cast<std::int64_t>(*state) : 0);
  values.add(static_cast<std::int64_t>(max));
  const Answers answers = connection.run({{known.sql.identity}, {known.sql.list, values}});
  if (!answers.status.ok()) return answers.status;
  if (answers.rows[0].count() != 1 || answers.rows[0].text(0, 0) != known.identity.id) {
    return Status(Code::unavailable, "postgresql: it is another store now: start again");
  }
  const Rows& rows = answers.rows[1];
  std::vector<Entry> entries;
  for (int i = 0; i < rows.count(); ++i) {
    Id id;
    const auto record = decode_record(rows.bytes(i, 1));
    if (!record || !rows.read(i, 0, id)) {
      return Status(Code::data_loss, "postgresql: a row of cpp_lite_records is damaged");
    }
    entries.push_back(entry_of(id, *record));
  }
  return entries;
}

class PostgresStore final : public SteppedStore<PostgresStore> {
  friend class SteppedStore<PostgresStore>;

  // --- How an operation gets to the threads ---

  template <typename O>
  auto submit(std::unique_ptr<O> operation) {
    auto future = operation->future();
    core_->batcher.submit(std::move(operation));
    return future;
  }
  template <typename Answer, typename F>
  Future<Result<Answer>> change(const Id& id, F step) {
    return submit(make_step<Result<Answer>>(id, true, std::move(step)));
  }
  template <typename F>
  Future<Status> administer(const Id& id, F step) {
    return submit(make_step<Status>(id, true, std::move(step)));
  }
  // What takes long: a function of (Context&, Connection&) that returns T.
  template <typename T, typename F>
  Future<T> errand(F work) {
    const auto promise = std::make_shared<detail::Promise<T>>();
    Future<T> future = promise->future();
    core_->errands->submit(make_job(
        [context = core_->context, promise, work = std::move(work)](Connection& connection) {
          T answer = work(*context, connection);
          if (!answer.ok()) answer = as_unavailable(answer.status());
          promise->set(std::move(answer));
        },
        [promise](const Status& why) { promise->set(as_unavailable(why)); }));
    return future;
  }

 public:
  explicit PostgresStore(StoreOptions options)
      : core_(std::make_shared<Core>(std::move(options))) {}

  Future<Result<BeginResult>> begin(BeginArgs args) override {
    return submit(std::make_unique<BeginOperation>(std::move(args)));
  }
  Future<Result<std::unique_ptr<Transaction>>> open(BeginArgs args) override {
    return postgres::open(core_, std::move(args));
  }
  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return submit(
        make_step<Result<LookupResult>>(id, false, [fingerprint](const Record* record, Time now) {
          return Step<LookupResult>{idempotency::lookup(record, fingerprint, now)};
        }));
  }
  Future<Result<std::size_t>> purge(std::size_t max) override {
    return errand<Result<std::size_t>>(
        [max = std::min(max, kMostAtOnce)](Context& context, Connection& connection) {
          return postgres::purge(context, connection, max);
        });
  }
  Future<Result<std::vector<Entry>>> list(std::optional<State> state, std::optional<Id> after,
                                          std::size_t max) override {
    return errand<Result<std::vector<Entry>>>(
        [state, after, max = std::min(max, kMostAtOnce)](Context& context, Connection& connection) {
          return read_list(context, connection, state, after, max);
        });
  }

  Capabilities capabilities() const override {
    return {.durable = true, .multi_process = true, .multi_host = true, .transactional = true};
  }
  const std::string& id() const override { return identity().id; }
  const Digest& secret() const override { return identity().secret; }
  Status check() override;

 private:
  const Identity& identity() const {
    const Known* known = core_->context->known();
    return known != nullptr ? known->identity : unknown_;
  }

  const Identity unknown_;
  const std::shared_ptr<Core> core_;
};

Status refused_by_store(std::string why) {
  return {Code::failed_precondition, "postgresql: " + std::move(why)};
}

Status PostgresStore::check() {
  auto connection = core_->context->connect();
  if (!connection.ok()) return connection.status();
  const Answers answers =
      (*connection)
          ->run({{"SELECT current_setting('server_version_num')::int8, current_setting('fsync') = "
                  "'on',"
                  " current_setting('full_page_writes') = 'on', pg_is_in_recovery(),"
                  " current_setting('synchronous_standby_names') <> ''"}});
  if (!answers.status.ok()) return answers.status;
  const Rows& found = answers.rows[0];
  constexpr std::int64_t kOldest = 120'000;
  if (found.number(0, 0) < kOldest)
    return refused_by_store("the server is older than PostgreSQL 12");
  if (!found.truth(0, 1)) {
    return refused_by_store(
        "the server runs with fsync=off: it forgets what it said it had written");
  }
  if (!found.truth(0, 2)) {
    return refused_by_store(
        "the server runs with full_page_writes=off: a power failure may damage it");
  }
  if (found.truth(0, 3))
    return refused_by_store("the server is a standby, which cannot be written to");
  if (!found.truth(0, 4)) {
    core_->context->log(LogLevel::warning,
                        "synchronous_standby_names is empty: what was executed is known as long as "
                        "this server's disk is there, but may be forgotten in a failover");
  }
  return {};
}

}  // namespace

std::shared_ptr<TransactionalStore> make_store(StoreOptions options) {
  return std::make_shared<PostgresStore>(std::move(options));
}

}  // namespace cpp_lite::postgres
