// What a store should do, said a second time, state by state: the model that random sequences of
// operations are compared with. It shares no code with the state machine. Its clock starts at 0 and
// is moved by hand.
#pragma once

#include <cpp_lite/idempotency.h>

#include <cstddef>
#include <map>
#include <optional>

#include "support/store_values.h"

namespace cpp_lite::idempotency::testing {

class ReferenceModel {
 public:
  BeginResult begin(const BeginArgs& args);
  CompleteResult complete(const Id& id, const Token& token, const StoredResult& result,
                          Milliseconds ttl);
  FenceResult release(const Id& id, const Token& token);
  FenceResult renew(const Id& id, const Token& token, Milliseconds lease);
  FenceResult yield(const Id& id, const Token& token);
  FenceResult mark_unknown(const Id& id, const Token& token);
  LookupResult lookup(const Id& id, const Fingerprint& fingerprint);
  Code resolve(const Id& id, const Token& token, const Resolution& how);
  Code redact(const Id& id);
  std::size_t purge();  // all
  std::map<Id, Entry> list() const;

  void pass(Milliseconds time) { now_ += time; }

 private:
  enum class Phase { running, unknown, done };
  struct Key {
    Phase phase = Phase::running;
    Fingerprint asked;
    Token holder{};
    std::uint32_t attempt = 1;
    Time born{};       // first_begin
    Time granted{};    // to the holder
    Time lease_end{};  // while running
    Time dies{};       // done; or running, if mortal
    Milliseconds ttl{};
    std::optional<Time> window_end;  // no value: always open
    bool mortal = false;             // an execution without a result may be forgotten
    StoredResult result;
    Owner owner;
    Label label;
  };

  bool is_dead(const Key& key) const;
  Key* living(const Id& id);
  Key* held(const Id& id, const Token& token);
  bool may_run_again(const Key& key, const BeginArgs& args) const;
  Acquired grant(Key& key, const BeginArgs& args);
  Indeterminate give_up(Key& key);

  Time now_{};
  std::map<Id, Key> keys_;
};

}  // namespace cpp_lite::idempotency::testing
