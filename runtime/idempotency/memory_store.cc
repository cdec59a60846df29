#include <cpp_lite/idempotency.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "idempotency/random.h"
#include "idempotency/scope_usage.h"
#include "idempotency/state.h"

namespace cpp_lite::idempotency {

namespace {

constexpr std::size_t kShards = 16;      // by the first bits of the id, so that shards are in order
constexpr std::size_t kRoomAtOnce = 64;  // how many expired records a begin() without room removes

// Every operation is one step of the state machine under the mutex of the record's shard.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const MemoryStoreOptions& options)
      : clock_(options.clock != nullptr ? *options.clock : system_steady_clock()),
        max_records_(options.max_records),
        epoch_(std::chrono::floor<Milliseconds>(std::chrono::system_clock::now())),
        start_(clock_.now()) {}

  Future<Result<BeginResult>> begin(BeginArgs args) override {
    BeginResult answer = try_begin(args);
    while (std::holds_alternative<Full>(answer) && purge_some(kRoomAtOnce) > 0) {
      answer = try_begin(args);
    }
    return Result<BeginResult>(std::move(answer));
  }

  Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                          Milliseconds ttl) override {
    return step<Result<CompleteResult>>(id, [&](const Record* before, Time now) {
      return idempotency::complete(before, token, std::move(result), ttl, now);
    });
  }
  Future<Result<FenceResult>> release(Id id, Token token) override {
    return step<Result<FenceResult>>(id, [&](const Record* before, Time now) {
      return idempotency::release(before, token, now);
    });
  }
  Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) override {
    return step<Result<FenceResult>>(id, [&](const Record* before, Time now) {
      return idempotency::renew(before, token, lease, now);
    });
  }
  Future<Result<FenceResult>> yield(Id id, Token token) override {
    return step<Result<FenceResult>>(
        id, [&](const Record* before, Time now) { return idempotency::yield(before, token, now); });
  }
  Future<Result<FenceResult>> mark_unknown(Id id, Token token) override {
    return step<Result<FenceResult>>(id, [&](const Record* before, Time now) {
      return idempotency::mark_unknown(before, token, now);
    });
  }
  Future<Status> resolve(Id id, Token token, Resolution resolution) override {
    return step<Status>(id, [&](const Record* before, Time now) {
      return idempotency::resolve(before, token, resolution, now);
    });
  }
  Future<Status> redact(Id id) override {
    return step<Status>(
        id, [&](const Record* before, Time now) { return idempotency::redact(before, now); });
  }

  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return step<Result<LookupResult>>(id, [&](const Record* before, Time now) {
      return Step<LookupResult>{.answer = idempotency::lookup(before, fingerprint, now)};
    });
  }
  Future<Result<std::size_t>> purge(std::size_t max) override {
    return Result<std::size_t>(purge_some(max));
  }
  Future<Result<std::vector<Entry>>> list(std::optional<State> state, std::optional<Id> after,
                                          std::size_t max) override {
    std::vector<Entry> entries;
    for (std::size_t i = after ? shard_index(*after) : 0; i < kShards; ++i) {
      list_shard(shards_[i], state, after, max, entries);
    }
    return Result<std::vector<Entry>>(std::move(entries));
  }

  Capabilities capabilities() const override { return {}; }
  const std::string& id() const override { return id_; }
  const Digest& secret() const override { return secret_; }
  Status check() override { return {}; }

 private:
  struct Shard {
    std::mutex mutex;  // guards the rest
    std::map<Id, Record> records;
    std::set<std::pair<Time, Id>> expiry;  // of all records
  };
  using Place = std::map<Id, Record>::iterator;

  static std::size_t shard_index(const Id& id) { return id[0] / (256 / kShards); }
  Shard& shard_of(const Id& id) { return shards_[shard_index(id)]; }

  // The clock's time, told from the day on which the store was made.
  Time now() const { return epoch_ + std::chrono::floor<Milliseconds>(clock_.now() - start_); }

  BeginResult try_begin(const BeginArgs& args) {
    Shard& shard = shard_of(args.id);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.records.find(args.id);
    if (found != shard.records.end()) {
      return apply(shard, found, idempotency::begin(&found->second, args, now()));
    }
    Step<BeginResult> first = idempotency::begin(nullptr, args, now());
    if (std::optional<std::string> why = insert(shard, args, std::move(*first.record))) {
      return Full{*std::move(why)};
    }
    return std::move(first.answer);
  }

  template <typename Answer, typename F>
  Answer step(const Id& id, F transition) {
    Shard& shard = shard_of(id);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.records.find(id);
    if (found == shard.records.end()) return transition(nullptr, now()).answer;
    return apply(shard, found, transition(&found->second, now()));
  }

  template <typename Answer>
  Answer apply(Shard& shard, Place place, Step<Answer> step) {
    if (step.write && step.record) {
      replace(shard, place, *std::move(step.record));
    } else if (step.write) {
      erase(shard, place);
    }
    return std::move(step.answer);
  }

  // Or why not.
  std::optional<std::string> insert(Shard& shard, const BeginArgs& args, Record record) {
    if (records_.fetch_add(1) >= max_records_) {
      --records_;
      return "the store holds as many records as it may";
    }
    if (auto why = usage_.admit(record, args.quota)) {
      --records_;
      return why;
    }
    shard.expiry.emplace(expiry_of(record), args.id);
    shard.records.emplace(args.id, std::move(record));
    return std::nullopt;
  }
  void replace(Shard& shard, Place place, Record record) {
    usage_.replace(place->second, record);
    shard.expiry.erase({expiry_of(place->second), place->first});
    shard.expiry.emplace(expiry_of(record), place->first);
    place->second = std::move(record);
  }
  void erase(Shard& shard, Place place) {
    usage_.remove(place->second);
    shard.expiry.erase({expiry_of(place->second), place->first});
    shard.records.erase(place);
    --records_;
  }

  std::size_t purge_some(std::size_t max) {
    std::size_t purged = 0;
    for (Shard& shard : shards_) {
      const std::lock_guard lock(shard.mutex);
      purged += purge_shard(shard, max - purged);
    }
    return purged;
  }
  std::size_t purge_shard(Shard& shard, std::size_t max) {
    const Time time = now();
    std::size_t purged = 0;
    while (purged < max && !shard.expiry.empty() && shard.expiry.begin()->first <= time) {
      erase(shard, shard.records.find(shard.expiry.begin()->second));
      ++purged;
    }
    return purged;
  }

  static void list_shard(Shard& shard, std::optional<State> state, const std::optional<Id>& after,
                         std::size_t max, std::vector<Entry>& entries) {
    const std::lock_guard lock(shard.mutex);
    auto next = after ? shard.records.upper_bound(*after) : shard.records.begin();
    for (; next != shard.records.end() && entries.size() < max; ++next) {
      if (state && next->second.state != *state) continue;
      entries.push_back(entry_of(next->first, next->second));
    }
  }

  // Constant.
  const Clock& clock_;
  const std::size_t max_records_;
  const Time epoch_;
  const SteadyTime start_;
  const std::string id_ = random_store_id();
  const Digest secret_ = random_secret();

  // Synchronized on their own.
  std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> records_ = 0;
  ScopeUsage usage_;
};

}  // namespace

}  // namespace cpp_lite::idempotency

namespace cpp_lite {

std::shared_ptr<IdempotencyStore> memory_store(MemoryStoreOptions options) {
  return std::make_shared<idempotency::MemoryStore>(options);
}

}  // namespace cpp_lite
