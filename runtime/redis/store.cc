#include "redis/store.h"

#include <algorithm>
#include <future>
#include <string>
#include <utility>

#include "redis/health.h"

namespace cpp_lite::redis {
namespace {

using namespace idempotency;  // NOLINT: the vocabulary of the whole file

constexpr std::size_t kMostAtOnce = 10'000;  // records of one purge() or list()
constexpr std::size_t kPage = 100;

// check() waits for it, on a thread that may.
class Check final : public Errand {
 public:
  explicit Check(std::function<Status(Session&)> look) : look_(std::move(look)) {}
  std::future<Status> future() { return promise_.get_future(); }

  Status run(Session& session) override {
    Status status = look_(session);
    if (session.is_lost()) return status;
    promise_.set_value(std::move(status));
    return {};
  }
  void fail(const Status& why) override { promise_.set_value(why); }

 private:
  const std::function<Status(Session&)> look_;
  std::promise<Status> promise_;
};

// One page at a time, until there are enough that fit.
Result<std::vector<Entry>> list(Session& session, std::optional<State> state,
                                std::optional<Id> after, std::size_t max) {
  std::vector<Entry> entries;
  for (;;) {
    const Result<std::vector<Id>> ids = session.ids(after, kPage);
    if (!ids.ok()) return ids.status();
    if (ids->empty()) return entries;
    const Result<Found> found = session.fetch(*ids);
    if (!found.ok()) return found.status();
    for (std::size_t i = 0; i < ids->size(); ++i) {
      const std::optional<Record>& record = found->records[i].record;
      if (!record || (state && record->state != *state)) continue;
      if (entries.size() == max) return entries;
      entries.push_back(entry_of((*ids)[i], *record));
    }
    after = ids->back();
  }
}

// What the state machine says, and whether the scope has room for a new record.
Step<BeginResult> begin_step(const BeginArgs& args, const Record* before, Time now,
                             const Quota& used) {
  Step<BeginResult> step = idempotency::begin(before, args, now);
  if (before != nullptr) return step;
  if (auto why = over_quota(used, bytes_held(*step.record), args.quota)) {
    return {Full{*std::move(why)}};
  }
  return step;
}

class RedisStore final : public Store {
  // --- How an operation gets to the pool ---

  template <typename T, typename F>
  Future<T> step(const Id& id, const Quota& quota, F work) {
    auto operation = std::make_unique<StepOperation<T, F>>(id, quota, std::move(work));
    auto future = operation->future();
    pool_->submit(std::move(operation));
    return future;
  }
  // `work` does not look at quotas.
  template <typename T, typename F>
  Future<T> change(const Id& id, F work) {
    return step<T>(id, Quota(),
                   [work = std::move(work)](const Record* before, Time now, const Quota&) {
                     return work(before, now);
                   });
  }
  template <typename T, typename F>
  Future<T> run(F work) {
    auto errand = std::make_unique<SimpleErrand<T, F>>(std::move(work));
    auto future = errand->future();
    pool_->submit(std::move(errand));
    return future;
  }

 public:
  RedisStore(PoolOptions options, bool require_persistence)
      : require_persistence_(require_persistence),
        pool_(std::make_shared<Pool>(std::move(options))) {
    (void)look([](Session&) { return Status(); });
  }

  Future<Result<BeginResult>> begin(BeginArgs args) override {
    const Id id = args.id;
    const Quota quota = args.quota;
    return step<Result<BeginResult>>(
        id, quota, [args = std::move(args)](const Record* before, Time now, const Quota& used) {
          return begin_step(args, before, now, used);
        });
  }
  Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                          Milliseconds ttl) override {
    return change<Result<CompleteResult>>(
        id, [token, result = std::move(result), ttl](const Record* before, Time now) {
          return idempotency::complete(before, token, result, ttl, now);
        });
  }
  Future<Result<FenceResult>> release(Id id, Token token) override {
    return change<Result<FenceResult>>(id, [token](const Record* before, Time now) {
      return idempotency::release(before, token, now);
    });
  }
  Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) override {
    return change<Result<FenceResult>>(id, [token, lease](const Record* before, Time now) {
      return idempotency::renew(before, token, lease, now);
    });
  }
  Future<Result<FenceResult>> yield(Id id, Token token) override {
    return change<Result<FenceResult>>(id, [token](const Record* before, Time now) {
      return idempotency::yield(before, token, now);
    });
  }
  Future<Result<FenceResult>> mark_unknown(Id id, Token token) override {
    return change<Result<FenceResult>>(id, [token](const Record* before, Time now) {
      return idempotency::mark_unknown(before, token, now);
    });
  }
  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return change<Result<LookupResult>>(id, [fingerprint](const Record* before, Time now) {
      return Step<LookupResult>{idempotency::lookup(before, fingerprint, now)};
    });
  }
  Future<Status> resolve(Id id, Token token, Resolution resolution) override {
    return change<Status>(
        id, [token, resolution = std::move(resolution)](const Record* before, Time now) {
          return idempotency::resolve(before, token, resolution, now);
        });
  }
  Future<Status> redact(Id id) override {
    return change<Status>(
        id, [](const Record* before, Time now) { return idempotency::redact(before, now); });
  }

  Future<Result<std::size_t>> purge(std::size_t max) override {
    return run<Result<std::size_t>>(
        [max = std::min(max, kMostAtOnce), &clock = pool_->clock()](Session& session) {
          return redis::purge(session, clock, max);
        });
  }
  Future<Result<std::vector<Entry>>> list(std::optional<State> state, std::optional<Id> after,
                                          std::size_t max) override {
    return run<Result<std::vector<Entry>>>(
        [state, after, max = std::min(max, kMostAtOnce)](Session& session) {
          return redis::list(session, state, after, max);
        });
  }

  Capabilities capabilities() const override {
    return {.durable = false, .multi_process = true, .multi_host = true, .transactional = false};
  }
  const std::string& id() const override { return identity().id; }
  const Digest& secret() const override { return identity().secret; }
  Status check() override {
    return look([this](Session& session) {
      return check_server(session.connection(), require_persistence_);
    });
  }

 private:
  Status look(std::function<Status(Session&)> at) {
    auto check = std::make_unique<Check>(std::move(at));
    std::future<Status> answer = check->future();
    pool_->submit(std::move(check));
    return answer.get();
  }

  const Identity& identity() const {
    const Identity* known = pool_->identity();
    return known != nullptr ? *known : unknown_;
  }

  const bool require_persistence_;
  const Identity unknown_;
  const std::shared_ptr<Pool> pool_;
};

}  // namespace

std::shared_ptr<Store> make_store(PoolOptions options, bool require_persistence) {
  return std::make_shared<RedisStore>(std::move(options), require_persistence);
}

}  // namespace cpp_lite::redis
