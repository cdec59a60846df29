#include "postgres/transaction.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "idempotency/answered_transaction.h"
#include "idempotency/random.h"
#include "idempotency/state.h"
#include "postgres/operation.h"

namespace cpp_lite::postgres {
namespace {

using idempotency::Acquired;
using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::CompleteResult;
using idempotency::FenceResult;
using idempotency::Step;
using idempotency::StoredResult;
using idempotency::Transaction;
using SteadyClock = std::chrono::steady_clock;

constexpr std::string_view kKind = "postgresql";

// What handlers wait for is their business, but no statement goes on beyond the lease.
constexpr std::string_view kForHandler =
    "SELECT set_config('statement_timeout', $1::int8::text, true)";
constexpr std::string_view kOwnLockTimeout = "SET LOCAL lock_timeout TO DEFAULT";
constexpr std::string_view kSavepoint = "SAVEPOINT cpp_lite_effect";
constexpr std::string_view kRelease = "RELEASE SAVEPOINT cpp_lite_effect";
constexpr std::string_view kTakeBack = "ROLLBACK TO SAVEPOINT cpp_lite_effect";
// Again, because a handler may have set them: as in work.cc.
constexpr std::string_view kDurable =
    "SELECT set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
    " WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, true),"
    " set_config('statement_timeout', '0', true)";

// Nothing was applied, and nothing will be.
Status undone(const std::string& why) {
  return {Code::aborted, "postgresql: " + why + ": everything was taken back"};
}

// --- A transaction in the hands of its handler ---

struct Open {
  BeginArgs args;
  std::optional<Work> work;
  Lease lease;
  SteadyClock::time_point until;  // the end of the lease of its claim
};

struct Ending {
  StoredResult result;
  Milliseconds ttl{};
  bool keep_effect = false;
};

// The handler has committed or rolled back by itself. What it did without its claim may last, so
// that the key must not be run again; by a token that no release() knows.
void mark_unknown(Context& context, Connection& connection, BeginArgs args) {
  args.token = idempotency::random_token();
  Operations operations;
  operations.push_back(make_step<Result<FenceResult>>(
      args.id, true, [args](const Record* before, Time now) -> Step<FenceResult> {
        const Step<BeginResult> begun = idempotency::begin(before, args, now);
        if (!begun.record) return {FenceResult::fence_lost};
        return idempotency::mark_unknown(&*begun.record, args.token, now);
      }));
  Work work = context.new_work();
  (void)run_together(connection, work, operations,
                     {true, context.options().lock_timeout, args.lease});
}

Status check_state(Connection& connection, bool keep_effect, SteadyClock::time_point until) {
  if (!connection.alive()) return undone("the connection was lost");
  if (SteadyClock::now() >= until) return undone("the transaction was held beyond its lease");
  switch (connection.state()) {
    case PQTRANS_INTRANS:
      return {};
    case PQTRANS_INERROR:
      return keep_effect ? undone("a statement of the handler failed") : Status();
    case PQTRANS_IDLE:
      return {};  // found out by the savepoint
    default:
      return undone("the handler left a statement running");
  }
}

bool ended_by_handler(const Answers& answers) {
  constexpr const char* kNoSavepoint = "3B001";
  constexpr const char* kNoTransaction = "25P01";
  return answers.sql_state == kNoSavepoint || answers.sql_state == kNoTransaction;
}

Result<CompleteResult> complete(Context& context, Open& open, Ending ending) {
  Connection& connection = *open.lease;
  if (Status status = check_state(connection, ending.keep_effect, open.until); !status.ok()) {
    return status;
  }
  open.work->refresh();
  const CompleteResult answer =
      open.work->step(open.work->slot(open.args.id), [&](const Record* before, Time now) {
        return idempotency::complete(before, open.args.token, std::move(ending.result), ending.ttl,
                                     now);
      });
  if (answer != CompleteResult::completed) return answer;
  std::vector<Query> queries;
  if (!ending.keep_effect) queries.push_back({kTakeBack});
  queries.push_back({kRelease});
  queries.push_back({kDurable});
  for (Query& query : open.work->writes()) queries.push_back(std::move(query));
  queries.push_back({"COMMIT"});
  const Answers answers = connection.run(queries);
  if (answers.lost) return as_unavailable(answers.status);
  if (ended_by_handler(answers)) {
    if (connection.rollback()) mark_unknown(context, connection, open.args);
    return Status(
        Code::unavailable,
        "postgresql: the handler ended the transaction, so that nobody knows what it did");
  }
  if (!answers.status.ok()) return undone(answers.status.message());
  if (answers.rows.back().command() != "COMMIT") return undone("the transaction had failed");
  context.committed(1);
  return answer;
}

class OpenTransaction final : public Transaction {
 public:
  OpenTransaction(std::shared_ptr<Core> core, std::unique_ptr<Open> open, Acquired begun)
      : core_(std::move(core)), open_(std::move(open)), begun_(begun) {}
  ~OpenTransaction() override {
    if (open_ == nullptr) return;
    Lease lease = std::move(open_->lease);
    core_->transactions->submit(make_job([](Connection&) {}, [](const Status&) {}),
                                std::move(lease));
  }

  const BeginResult& begun() const override { return begun_; }
  std::string_view kind() const override { return kKind; }
  void* handle() override { return open_ != nullptr ? open_->lease->handle() : nullptr; }

  Future<Result<CompleteResult>> complete(StoredResult result, Milliseconds ttl,
                                          bool keep_effect) override {
    return end<CompleteResult>([ending = Ending{std::move(result), ttl, keep_effect}](
                                   Context& context, Open& open) mutable {
      return postgres::complete(context, open, std::move(ending));
    });
  }
  // It never wrote anything, so that it does not matter whether the server hears of it now.
  Future<Result<FenceResult>> release() override {
    return end<FenceResult>([](Context&, Open&) { return Result<FenceResult>(FenceResult::done); });
  }

 private:
  template <typename Answer, typename How>
  class EndJob final : public Job {
   public:
    EndJob(std::shared_ptr<Context> context, std::unique_ptr<Open> open, How how)
        : context_(std::move(context)), open_(std::move(open)), how_(std::move(how)) {}
    Future<Result<Answer>> future() { return promise_.future(); }

    void run(Lease lease) override {
      open_->lease = std::move(lease);
      Result<Answer> answer = how_(*context_, *open_);
      open_->lease.end();  // first, so that the key is free when the caller hears of it
      promise_.set(std::move(answer));
    }
    void fail(const Status& why) override { promise_.set(as_unavailable(why)); }

   private:
    const std::shared_ptr<Context> context_;
    const std::unique_ptr<Open> open_;
    How how_;
    detail::Promise<Result<Answer>> promise_;
  };

  template <typename Answer, typename How>
  Future<Result<Answer>> end(How how) {
    if (open_ == nullptr) return Result<Answer>(idempotency::no_open_transaction(kKind));
    Lease lease = std::move(open_->lease);
    auto job =
        std::make_unique<EndJob<Answer, How>>(core_->context, std::move(open_), std::move(how));
    auto future = job->future();
    core_->transactions->submit(std::move(job), std::move(lease));
    return future;
  }

  const std::shared_ptr<Core> core_;
  std::unique_ptr<Open> open_;  // null: ended
  const BeginResult begun_;
};

// --- Opening one ---

// One of those who may wait for a record; at most as many as may be blocked.
class Turn {
 public:
  explicit Turn(std::atomic<std::size_t>& count)
      : count_(count), admitted_(count.fetch_add(1) < Core::kErrands) {}
  ~Turn() { count_.fetch_sub(1); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool admitted() const { return admitted_; }

 private:
  std::atomic<std::size_t>& count_;
  const bool admitted_;
};

class OpenJob final : public Job {
 public:
  OpenJob(const std::shared_ptr<Core>& core, BeginArgs args)
      : context_(core->context), core_(core), args_(std::move(args)) {}
  Future<Result<std::unique_ptr<Transaction>>> future() { return promise_.future(); }

  void run(Lease lease) override {
    const std::shared_ptr<Core> core = core_.lock();
    if (core == nullptr) return fail({Code::unavailable, "postgresql: the store is being closed"});
    auto open = std::make_unique<Open>(Open{args_, context_->new_work(), std::move(lease), {}});
    std::optional<BeginResult> begun;
    Status status = begin(*open, {false, {}, args_.lease}, begun);
    if (status.ok() && !begun) {
      const Turn turn(core->blocked);
      begun = idempotency::Busy{kBusy};
      if (turn.admitted()) status = begin_patiently(*open, begun);
    }
    if (!status.ok()) {
      open.reset();
      return fail(status);
    }
    if (const auto* acquired = std::get_if<Acquired>(&*begun)) {
      const Acquired answer = *acquired;
      return promise_.set(std::make_unique<OpenTransaction>(core, std::move(open), answer));
    }
    open.reset();
    promise_.set(idempotency::answered_transaction(kKind, *std::move(begun)));
  }
  void fail(const Status& why) override { promise_.set(as_unavailable(why)); }

 private:
  Status begin_patiently(Open& open, std::optional<BeginResult>& begun) {
    if (!open.lease->rollback()) return {Code::unavailable, "postgresql: the connection was lost"};
    open.work.emplace(context_->new_work());
    return begin(open, {true, context_->options().lock_timeout, args_.lease}, begun);
  }

  // Nothing in `begun`, or what was there: another transaction has the record.
  Status begin(Open& open, const Locking& locking, std::optional<BeginResult>& begun) {
    open.until = SteadyClock::now() + args_.lease;
    open.work->want(args_.id, true);
    if (args_.quota != Quota()) open.work->want_count(args_.label.scope);
    std::vector<Query> queries = open.work->opening(locking);
    queries.push_back({kSavepoint});
    queries.push_back({kOwnLockTimeout});
    queries.push_back({kForHandler, Values().add(args_.lease.count())});
    const Answers answers = open.lease->run(queries);
    if (answers.sql_state == "55P03" && answers.failed_at() == Work::kLockStep) return {};
    if (!answers.status.ok()) return answers.status;
    if (Status status = open.work->take_in(answers); !status.ok()) return status;
    context_->watch(open.work->reading());
    Slot& slot = open.work->slot(args_.id);
    if (!slot.held) return {};
    begun = take_begin(*open.work, slot, args_);
    if (std::holds_alternative<Acquired>(*begun)) return {};
    return write(open);
  }

  // An answer that changes the record: an unknown outcome.
  Status write(Open& open) {
    std::vector<Query> queries = open.work->writes();
    if (queries.empty()) return {};
    queries.push_back({"COMMIT"});
    Status status = open.lease->run(queries).status;
    if (status.ok()) context_->committed(1);
    return status;
  }

  const std::shared_ptr<Context> context_;
  const std::weak_ptr<Core> core_;
  const BeginArgs args_;
  detail::Promise<Result<std::unique_ptr<Transaction>>> promise_;
};

}  // namespace

Future<Result<std::unique_ptr<Transaction>>> open(const std::shared_ptr<Core>& core,
                                                  BeginArgs args) {
  auto job = std::make_unique<OpenJob>(core, std::move(args));
  auto future = job->future();
  core->transactions->submit(std::move(job));
  return future;
}

}  // namespace cpp_lite::postgres
