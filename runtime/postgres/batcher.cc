#include "postgres/batcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/thread.h"
#include "idempotency/batch_queue.h"

namespace cpp_lite::postgres {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Each takes a place in the server's table of locks, which has some thousands for everybody.
constexpr std::size_t kMaxOperations = 250;
constexpr std::size_t kPurgeAtOnce = 100;
// Locks of rows are only in the hands of people: whoever meets one waits alone.
constexpr Milliseconds kBrief{50};
// Should this process stand still in the middle, others get the records after that.
constexpr Milliseconds kIdle = std::chrono::seconds(10);

void finish(Context& context, Operation& operation, const Outcome& outcome) {
  if (outcome.blocked) return operation.blocked(outcome.status);
  if (!outcome.status.ok()) return operation.fail(outcome.status);
  if (outcome.wrote) context.committed(1);
  operation.answer();
}

// One operation that waits for its record.
class AloneJob final : public Job {
 public:
  AloneJob(std::shared_ptr<Context> context, std::unique_ptr<Operation> operation)
      : context_(std::move(context)) {
    operations_.push_back(std::move(operation));
  }
  void run(Lease lease) override {
    Work work = context_->new_work();
    const Locking locking{true, context_->options().lock_timeout, kIdle};
    const Outcome outcome = run_together(*lease, work, operations_, locking);
    lease.end();
    finish(*context_, *operations_[0], outcome);
  }
  void fail(const Status& why) override { operations_[0]->fail(why); }

 private:
  const std::shared_ptr<Context> context_;
  Operations operations_;
};

}  // namespace

// Shared by the batcher and its thread.
class Batcher::Loop {
 public:
  Loop(std::shared_ptr<Context> context, std::shared_ptr<Pool> errands)
      : context_(std::move(context)),
        errands_(std::move(errands)),
        next_purge_(SteadyClock::now() + interval()),
        queue_(context_->options().max_waiting) {
    (void)have_connection();  // asked for again by whoever needs it
  }

  bool push(std::unique_ptr<Operation>& operation) { return queue_.push(operation); }
  void stop() { queue_.stop(); }

  // The thread: until stop() and an empty queue.
  void run() {
    for (Operations batch; wait(batch);) {
      if (!batch.empty()) run_batch(std::exchange(batch, {}));
      keep_house();
    }
    connection_.reset();
  }

 private:
  std::chrono::nanoseconds interval() const { return context_->options().purge_interval; }

  bool wait(Operations& batch) {
    std::optional<SteadyClock::time_point> until;
    if (interval().count() != 0) until = next_purge_;
    return queue_.wait(batch, until, kMaxOperations);
  }

  void keep_house() {
    const bool due = interval().count() != 0 && SteadyClock::now() >= next_purge_;
    if (due) next_purge_ = SteadyClock::now() + interval();
    if (due || context_->is_clock_notable()) purge_soon(context_, errands_);
  }

  static void purge_soon(const std::shared_ptr<Context>& context,
                         const std::weak_ptr<Pool>& errands) {
    const auto pool = errands.lock();
    if (pool == nullptr) return;
    pool->submit(make_job(
        [context, errands](Connection& connection) {
          const auto purged = purge(*context, connection, kPurgeAtOnce);
          if (purged.ok() && *purged == kPurgeAtOnce) purge_soon(context, errands);
        },
        [](const Status&) {}));
  }

  Status have_connection() {
    if (connection_ != nullptr && connection_->idle()) return {};
    connection_.reset();
    auto connection = context_->connect();
    if (!connection.ok()) return connection.status();
    connection_ = *std::move(connection);
    return {};
  }

  void run_batch(Operations batch) {
    if (Status status = have_connection(); !status.ok()) return fail(batch, status);
    Work work = context_->new_work();
    const Outcome outcome = run_together(*connection_, work, batch, {false, kBrief, kIdle});
    if (outcome.lost) connection_.reset();
    if (outcome.separable) {
      for (auto& operation : batch) alone(std::move(operation));
      return;
    }
    if (!outcome.status.ok()) return fail(batch, outcome.status);
    context_->watch(work.reading());
    if (outcome.wrote) {
      context_->committed(
          static_cast<std::size_t>(std::count(outcome.done.begin(), outcome.done.end(), true)));
    }
    for (std::size_t i = 0; i < batch.size(); ++i) {
      outcome.done[i] ? batch[i]->answer() : alone(std::move(batch[i]));
    }
  }

  static void fail(const Operations& batch, const Status& why) {
    for (const auto& operation : batch) operation->fail(why);
  }
  void alone(std::unique_ptr<Operation> operation) {
    errands_->submit(std::make_unique<AloneJob>(context_, std::move(operation)));
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<Pool> errands_;

  // The thread only.
  std::unique_ptr<Connection> connection_;
  SteadyClock::time_point next_purge_;

  idempotency::BatchQueue<std::unique_ptr<Operation>> queue_;  // synchronized on its own
};

Batcher::Batcher(std::shared_ptr<Context> context, std::shared_ptr<Pool> errands)
    : loop_(std::make_shared<Loop>(std::move(context), std::move(errands))) {
  thread_ = detail::start_thread("cpp-lite pgsql", [loop = loop_] { loop->run(); });
}

Batcher::~Batcher() {
  loop_->stop();
  thread_.get_id() == std::this_thread::get_id() ? thread_.detach() : thread_.join();
}

void Batcher::submit(std::unique_ptr<Operation> operation) {
  if (loop_->push(operation)) return;
  operation->fail({Code::unavailable, "postgresql: too many operations wait for the database"});
}

Result<std::size_t> purge(Context& context, Connection& connection, std::size_t most) {
  Work work = context.new_work();
  const Answers opened = connection.run(work.opening({false, kBrief, kIdle}));
  Status status = opened.status;
  if (status.ok()) status = work.take_in(opened);
  if (!status.ok()) return status;
  context.watch(work.reading());
  const auto& sql = context.known()->sql;
  const std::int64_t now = work.now().time_since_epoch().count();
  const std::int64_t doubt = work.reading().trusted ? 0 : 1;
  const std::int64_t limit = doubt == 0 ? static_cast<std::int64_t>(most) : 0;
  const Answers closed =
      connection.run({{sql.purge, Values().add(now).add(limit)},
                      {sql.write_clock, Values().add(now).add(doubt).add(work.clock_epoch())},
                      {"COMMIT"}});
  if (!closed.status.ok()) return closed.status;
  return static_cast<std::size_t>(closed.rows[0].written());
}

}  // namespace cpp_lite::postgres
