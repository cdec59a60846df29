#include "sqlite/writer.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "base/thread.h"
#include "idempotency/batch_queue.h"

namespace cpp_lite::sqlite {
namespace {

using SteadyClock = std::chrono::steady_clock;
using Operations = std::vector<std::unique_ptr<Operation>>;

constexpr std::size_t kMaxOperations = 1000;  // of one transaction, about
constexpr std::size_t kPurgeAtOnce = 100;

// How a transaction ended.
struct End {
  Status status;
  bool undone = true;
};

void answer(Operations& operations, const End& end) {
  for (std::unique_ptr<Operation>& operation : operations) {
    end.status.ok() ? operation->answer() : operation->fail(end.status, end.undone);
    operation.reset();
  }
}

// Those of one loop go there together: it is woken once, and what it has made it frees itself.
void answer_at_home(Operations& operations, const End& end) {
  while (!operations.empty()) {
    const std::shared_ptr<Loop> home = operations.front()->home();
    const auto others =
        std::stable_partition(operations.begin(), operations.end(),
                              [&](const auto& each) { return each->home() == home; });
    Operations here(std::make_move_iterator(operations.begin()), std::make_move_iterator(others));
    operations.erase(operations.begin(), others);
    if (home == nullptr) {
      answer(here, end);
    } else {
      home->post([here = std::move(here), end]() mutable { answer(here, end); });
    }
  }
}

}  // namespace

// Shared by the writer and its thread.
class Writer::Loop {
 public:
  explicit Loop(WriterOptions options)
      : options_(std::move(options)),
        clock_(options_.clocks),
        next_purge_(SteadyClock::now() + options_.purge_interval),
        queue_(options_.max_waiting) {
    (void)have_session();  // asked for again by whoever needs it
  }

  bool push(std::unique_ptr<Operation>& operation) { return queue_.push(operation); }
  void stop() { queue_.stop(); }
  const Identity* identity() const { return identity_.load(std::memory_order_acquire); }

  // On the thread, when nobody is left who could wait for its end.
  void silence() {
    options_.log = nullptr;
    options_.on_commit = nullptr;
  }

  // The thread: until stop() and an empty queue.
  void run() {
    for (Operations batch; wait(batch);) run_batch(std::exchange(batch, {}));
    session_.reset();
  }

 private:
  // --- What is due ---

  // False: it is over.
  bool wait(Operations& batch) {
    batch.swap(later_);
    if (!batch.empty()) return true;
    std::optional<SteadyClock::time_point> until;
    if (options_.purge_interval.count() != 0) until = next_purge_;
    const bool go_on = queue_.wait(batch, until);
    if (go_on && is_purge_due()) batch.push_back(make_purge());
    return go_on;
  }

  // Appends what has come since; in a transaction that reads, no writes. False: nothing.
  bool take_more(Operations& batch, bool writes) {
    return queue_.take_more(
        batch, [&](const Operations& waiting) { return writes || !any_writes(waiting); });
  }

  static bool any_writes(const Operations& operations) {
    return std::any_of(operations.begin(), operations.end(),
                       [](const auto& operation) { return operation->writes(); });
  }

  bool is_purge_due() const {
    return options_.purge_interval.count() > 0 && SteadyClock::now() >= next_purge_;
  }

  std::unique_ptr<Operation> make_purge() {
    next_purge_ = SteadyClock::now() + options_.purge_interval;
    return make_operation(true, [this](Session& session) {
      Result<std::size_t> purged = session.purge(kPurgeAtOnce);
      if (purged.ok() && *purged == kPurgeAtOnce) next_purge_ = SteadyClock::now();
      return purged;
    });
  }

  // --- A transaction ---

  void run_batch(Operations batch) {
    if (batch.empty()) return;
    bool undone = true;
    Status status = run_in_transaction(batch, undone);
    if (!status.ok() && session_ != nullptr) end_transaction(status);
    if (status.ok() && !undone && options_.on_commit) options_.on_commit(batch.size());
    answer_at_home(batch, {std::move(status), undone});
  }

  Status run_in_transaction(Operations& batch, bool& undone) {
    if (Status status = have_session(); !status.ok()) return status;
    const bool writes = any_writes(batch);
    if (Status status = session_->begin(writes); !status.ok()) return status;
    watch_clock();
    const auto end = SteadyClock::now() + options_.share_for;
    std::size_t done = 0;
    do {
      for (; done < batch.size(); ++done) {
        if (done > 0 && SteadyClock::now() >= end) put_off(batch, done);
        if (done == batch.size()) break;
        if (Status status = batch[done]->run(*session_); !status.ok()) return status;
      }
    } while (done < kMaxOperations && SteadyClock::now() < end && take_more(batch, writes));
    undone = !writes;
    return session_->commit();
  }

  // Those from there on are the next transaction: handlers may have taken long, and what they did
  // is to be answered.
  void put_off(Operations& batch, std::size_t from) {
    const auto first = batch.begin() + static_cast<std::ptrdiff_t>(from);
    later_.assign(std::make_move_iterator(first), std::make_move_iterator(batch.end()));
    batch.erase(first, batch.end());
  }

  // --- The database ---

  Status have_session() {
    if (const auto overdue = std::exchange(overdue_, {}).lock()) take_away(overdue);
    if (session_ != nullptr) return {};
    Setup setup = options_.setup;
    // A new file in the old one's place would have forgotten everything.
    if (identity() != nullptr) setup.create = false;
    auto session = Session::open(options_.path, setup, options_.application_schema, clock_);
    if (!session.ok()) return session.status();
    if (Status status = recognize((*session)->identity()); !status.ok()) return status;
    session_ = *std::move(session);
    if (std::exchange(lost_, false)) log("sqlite: " + options_.path + ": open again");
    return {};
  }

  Status recognize(const Identity& found) {
    if (known_ && known_->id == found.id) return {};
    if (known_) {
      return {Code::unavailable, "sqlite: " + options_.path + ": it is the store " + found.id +
                                     " now, it was " + known_->id + ": start the server again"};
    }
    known_ = found;
    identity_.store(&*known_, std::memory_order_release);
    return {};
  }

  void end_transaction(const Status& why) {
    if (session_->abandoned()) {
      take_away(session_->database());
    } else {
      session_->rollback();
    }
    if (!session_->spent()) return;
    session_.reset();
    if (!std::exchange(lost_, true)) log(why.message() + "; it is to be opened again");
  }

  // From a handler. As long as that has a statement in its hands nobody can write; then the next
  // transaction tries it again.
  void take_away(const std::shared_ptr<Database>& connection) {
    if (!connection->take_away()) overdue_ = connection;
  }

  void watch_clock() {
    if (std::exchange(clock_trusted_, session_->may_expire()) == session_->may_expire()) return;
    log("sqlite: " + options_.path +
        (clock_trusted_ ? ": the system's clock is believed again: records expire"
                        : ": the system's clock jumped by more than ten minutes: no record "
                          "expires until it agrees again, or `cpp-lite-keys` confirms it"));
  }

  void log(const std::string& line) const {
    if (options_.log) options_.log(LogLevel::warning, line);
  }

  std::atomic<const Identity*> identity_{nullptr};  // &*known_

  // The writer's thread only.
  WriterOptions options_;
  StoreClock clock_;
  std::unique_ptr<Session> session_;
  Operations later_;                 // the next transaction begins with them
  std::optional<Identity> known_;    // set once
  std::weak_ptr<Database> overdue_;  // in a transaction still, with a handler that is late
  SteadyClock::time_point next_purge_;
  bool clock_trusted_ = true;
  bool lost_ = false;

  idempotency::BatchQueue<std::unique_ptr<Operation>> queue_;  // synchronized on its own
};

Writer::Writer(WriterOptions options)
    : patience_(options.patience), loop_(std::make_shared<Loop>(std::move(options))) {
  thread_ = detail::start_thread("cpp-lite sqlite", [loop = loop_] { loop->run(); });
}

Writer::~Writer() {
  loop_->stop();
  if (thread_.get_id() == std::this_thread::get_id()) {
    loop_->silence();
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Writer::submit(std::unique_ptr<Operation> operation) {
  if (loop_->push(operation)) return;
  operation->fail({Code::unavailable, "sqlite: too many operations wait for the database"}, true);
}

const Identity* Writer::identity() const { return loop_->identity(); }

}  // namespace cpp_lite::sqlite
