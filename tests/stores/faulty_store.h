// A store whose operations fail as told: with the effect that they should have had, or without.
#pragma once

#include <cpp_lite/idempotency.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cpp_lite::idempotency::testing {

enum class Fault : std::uint8_t { none, answer_lost, not_applied };

// Blocks where the store behind it does not: for tests, on one thread.
class FaultyStore final : public Store {
 public:
  explicit FaultyStore(std::shared_ptr<Store> behind) : behind_(std::move(behind)) {}

  // What happens to the next operation, and to no other.
  void fail_next(Fault fault) { next_ = fault; }

  Future<Result<BeginResult>> begin(BeginArgs args) override {
    return ask<Result<BeginResult>>([&] { return behind_->begin(std::move(args)); });
  }
  Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                          Milliseconds ttl) override {
    return ask<Result<CompleteResult>>(
        [&] { return behind_->complete(id, token, std::move(result), ttl); });
  }
  Future<Result<FenceResult>> release(Id id, Token token) override {
    return ask<Result<FenceResult>>([&] { return behind_->release(id, token); });
  }
  Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) override {
    return ask<Result<FenceResult>>([&] { return behind_->renew(id, token, lease); });
  }
  Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) override {
    return ask<Result<LookupResult>>([&] { return behind_->lookup(id, fingerprint); });
  }
  Future<Result<FenceResult>> yield(Id id, Token token) override {
    return ask<Result<FenceResult>>([&] { return behind_->yield(id, token); });
  }
  Future<Result<FenceResult>> mark_unknown(Id id, Token token) override {
    return ask<Result<FenceResult>>([&] { return behind_->mark_unknown(id, token); });
  }
  Future<Status> resolve(Id id, Token token, Resolution resolution) override {
    return ask<Status>([&] { return behind_->resolve(id, token, std::move(resolution)); });
  }
  Future<Status> redact(Id id) override {
    return ask<Status>([&] { return behind_->redact(id); });
  }
  Future<Result<std::size_t>> purge(std::size_t max) override {
    return ask<Result<std::size_t>>([&] { return behind_->purge(max); });
  }
  Future<Result<std::vector<Entry>>> list(std::optional<State> state, std::optional<Id> after,
                                          std::size_t max) override {
    return ask<Result<std::vector<Entry>>>([&] { return behind_->list(state, after, max); });
  }

  Capabilities capabilities() const override { return behind_->capabilities(); }
  const std::string& id() const override { return behind_->id(); }
  const Digest& secret() const override { return behind_->secret(); }
  Status check() override { return behind_->check(); }

 private:
  template <typename Answer, typename F>
  Future<Answer> ask(F operation) {
    const Fault fault = std::exchange(next_, Fault::none);
    if (fault == Fault::not_applied) return Answer(Status(Code::unavailable, "not applied"));
    Answer answer = operation().get();
    if (fault == Fault::answer_lost) return Answer(Status(Code::unavailable, "answer lost"));
    return answer;
  }

  const std::shared_ptr<Store> behind_;
  Fault next_ = Fault::none;
};

}  // namespace cpp_lite::idempotency::testing
