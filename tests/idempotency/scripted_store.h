// A store in memory and virtual time whose operations fail, or are held up, as a test says.
#pragma once

#include <cpp_lite/idempotency.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "idempotency/state.h"
#include "support/fake_loop.h"

namespace cpp_lite::idempotency {

enum class Op { begin, complete, release, renew, lookup, yield, mark_unknown, open, commit };
enum class Fault {
  none,
  lost,     // not applied, and an error
  unheard,  // applied, and an error
  silent,   // not applied, and never an answer
};

// Belongs to the test's thread. Time is the loop's.
class ScriptedStore final : public TransactionalStore {
 public:
  explicit ScriptedStore(std::shared_ptr<support::FakeLoop> loop) : loop_(std::move(loop)) {}

  // --- For the test ---
  Capabilities can{
      .durable = true, .multi_process = true, .multi_host = true, .transactional = true};
  std::map<Id, Record> records;
  std::vector<Op> asked;             // in order
  std::vector<Milliseconds> leases;  // of begin() and open()
  std::vector<BeginArgs> begun;      // of begin()
  void next(Op op, Fault fault, int times = 1) {
    for (int i = 0; i < times; ++i) faults_[op].push_back(fault);
  }
  void heal() { faults_.clear(); }
  // Whoever waits for an answer that never comes learns that it does not.
  void break_silence() { kept_.clear(); }
  // What transactions have done and not yet taken back: the test's own effects.
  std::vector<std::string> effects;
  std::size_t count(Op op) const {
    return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), op));
  }
  const Record* only() const { return records.size() == 1 ? &records.begin()->second : nullptr; }
  Time now() const {
    return Time(std::chrono::floor<Milliseconds>(loop_->now().time_since_epoch()));
  }

  // --- Store ---
  Future<Result<BeginResult>> begin(BeginArgs args) override {
    leases.push_back(args.lease);
    begun.push_back(args);
    return run<BeginResult>(Op::begin, args.id, [this, args](const Record* before) {
      return idempotency::begin(before, args, now());
    });
  }
  Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                          Milliseconds ttl) override {
    return run<CompleteResult>(
        Op::complete, id, [this, token, result = std::move(result), ttl](const Record* before) {
          return idempotency::complete(before, token, result, ttl, now());
        });
  }
  Future<Result<FenceResult>> release(Id id, Token token) override {
    return run<FenceResult>(Op::release, id, [this, token](const Record* before) {
      return idempotency::release(before, token, now());
    });
  }
  Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) override {
    return run<FenceResult>(Op::renew, id, [this, token, lease](const Record* before) {
      return idempotency::renew(before, token, lease, now());
    });
  }
  Future<Result<FenceResult>> yield(Id id, Token token) override {
    return run<FenceResult>(Op::yield, id, [this, token](const Record* before) {
      return idempotency::yield(before, token, now());
    });
  }
  Future<Result<FenceResult>> mark_unknown(Id id, Token token) override {
    return run<FenceResult>(Op::mark_unknown, id, [this, token](const Record* before) {
      return idempotency::mark_unknown(before, token, now());
    });
  }
  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return run<LookupResult>(Op::lookup, id, [this, fingerprint](const Record* before) {
      return Step<LookupResult>{idempotency::lookup(before, fingerprint, now())};
    });
  }
  Future<Status> resolve(Id id, Token token, Resolution how) override {
    return apply(id, idempotency::resolve(find(id), token, how, now()));
  }
  Future<Status> redact(Id id) override { return apply(id, idempotency::redact(find(id), now())); }
  Future<Result<std::size_t>> purge(std::size_t) override { return Result<std::size_t>(0U); }
  Future<Result<std::vector<Entry>>> list(std::optional<State>, std::optional<Id>,
                                          std::size_t) override {
    std::vector<Entry> all;
    for (const auto& [id, record] : records) all.push_back(entry_of(id, record));
    return Result<std::vector<Entry>>(std::move(all));
  }
  Capabilities capabilities() const override { return can; }
  const std::string& id() const override { return id_; }
  const Digest& secret() const override { return secret_; }
  Status check() override { return Status(); }

  Future<Result<std::unique_ptr<Transaction>>> open(BeginArgs args) override {
    using Opened = Result<std::unique_ptr<Transaction>>;
    leases.push_back(args.lease);
    const Fault fault = take(Op::open);
    if (fault == Fault::silent) return never<Opened>();
    if (fault != Fault::none) return Opened(failure());
    return Opened(
        std::make_unique<Open>(*this, args, idempotency::begin(find(args.id), args, now())));
  }

 private:
  class Open final : public Transaction {
   public:
    Open(ScriptedStore& store, const BeginArgs& args, Step<BeginResult> step)
        : store_(store), id_(args.id), token_(args.token), step_(std::move(step)) {}
    const BeginResult& begun() const override { return step_.answer; }
    std::string_view kind() const override { return "scripted"; }
    void* handle() override { return &effects_; }
    Future<Result<CompleteResult>> complete(StoredResult result, Milliseconds ttl,
                                            bool keep_effect) override {
      const Fault fault = store_.take(Op::commit);
      if (fault == Fault::silent) return store_.never<Result<CompleteResult>>();
      if (fault == Fault::lost) return Result<CompleteResult>(failure());
      auto done =
          idempotency::complete(&*step_.record, token_, std::move(result), ttl, store_.now());
      store_.records[id_] = *done.record;
      if (keep_effect) {
        store_.effects.insert(store_.effects.end(), effects_.begin(), effects_.end());
      }
      if (fault == Fault::unheard) return Result<CompleteResult>(failure());
      return Result<CompleteResult>(done.answer);
    }
    Future<Result<FenceResult>> release() override {
      return Result<FenceResult>(FenceResult::done);
    }

   private:
    ScriptedStore& store_;
    const Id id_;
    const Token token_;
    const Step<BeginResult> step_;
    std::vector<std::string> effects_;
  };

  static Status failure() { return Status(Code::unavailable, "scripted"); }
  const Record* find(const Id& id) const {
    const auto found = records.find(id);
    return found == records.end() ? nullptr : &found->second;
  }
  Fault take(Op op) {
    asked.push_back(op);
    std::deque<Fault>& script = faults_[op];
    if (script.empty()) return Fault::none;
    const Fault fault = script.front();
    script.pop_front();
    return fault;
  }
  template <typename T>
  Future<T> never() {
    auto promise = std::make_shared<detail::Promise<T>>();
    Future<T> future = promise->future();
    kept_.push_back(promise);
    return future;
  }
  template <typename Answer>
  Answer apply(const Id& id, Step<Answer> step) {
    if (step.write && step.record) records[id] = *step.record;
    if (step.write && !step.record) records.erase(id);
    return std::move(step.answer);
  }
  template <typename Answer, typename F>
  Future<Result<Answer>> run(Op op, const Id& id, F step) {
    const Fault fault = take(op);
    if (fault == Fault::silent) return never<Result<Answer>>();
    if (fault == Fault::lost) return Result<Answer>(failure());
    Answer answer = apply(id, step(find(id)));
    if (fault == Fault::unheard) return Result<Answer>(failure());
    return Result<Answer>(std::move(answer));
  }

  const std::shared_ptr<support::FakeLoop> loop_;
  const std::string id_ = "scripted";
  const Digest secret_{};
  std::map<Op, std::deque<Fault>> faults_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace cpp_lite::idempotency
