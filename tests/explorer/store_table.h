// What the real state machine (runtime/idempotency/state.h) and the real decisions of the server
// (decisions.h) make of every record that a mode can have: asked once each, then looked up, because
// the explorer wants each of them millions of times. Faults are put around the real steps.
#pragma once

#include <cpp_lite/keyed.h>

#include <array>
#include <cstdint>

#include "explorer/world.h"
#include "idempotency/decisions.h"
#include "idempotency/state.h"

namespace explorer {

namespace idem = cpp_lite::idempotency;

// A kind of method, with the store that it needs.
struct Mode {
  const char* name;
  cpp_lite::KeyPolicy policy;
  bool single_transaction = false;  // claim, effect and result in one commit
  bool at_most_once = true;         // I1 and I13 are promised
};

// Defects of stores, for mutants.
struct StoreFaults {
  bool unfenced_complete = false;
  bool unfenced_delete = false;  // release() of anything by anybody
  bool releases_later_attempts = false;
  bool unknown_outcomes_expire = false;
  bool no_window = false;
  bool forgets_with_its_process = false;  // whichever crashes
};

struct BeginStep {
  View after;
  idem::AfterBegin next{};
  bool later = false;  // the attempt that was granted is not the first
};
struct CompleteStep {
  View after;
  idem::AfterComplete next{};
  idem::AfterCommit commit{};
};
struct FenceStep {
  View after;
  bool lost = false;  // the fence; of resolve(): refused
};

// What may come of one record. `flag`s: is the caller's token the record's, is its request the
// stranger's, has the operator a result.
struct Steps {
  std::array<std::array<BeginStep, 2>, 2> begin;        // [other][previous token is the record's]
  std::array<std::array<CompleteStep, 2>, 2> complete;  // [mine][error]
  std::array<FenceStep, 2> release, yield, mark_unknown, renew;  // [mine]
  std::array<FenceStep, 2> resolve;                              // [result]
  std::array<idem::AfterPoll, 2> poll{};                         // [other]
  std::array<idem::AfterFenceLost, 2> fence_lost{};              // [other]
  bool expired = false;
};

class StoreTable {
 public:
  StoreTable(const Mode& mode, const StoreFaults& faults);

  const Steps& at(const View& record) const { return steps_[index_of(record)]; }
  cpp_lite::Effects effects() const { return effects_; }
  // Whether a view is one that records of this mode can have, and none that says the same.
  bool is_normal(const View& view) const;

 private:
  idem::Record record_of(const View& view) const;
  View view_of(const idem::Record* record) const;
  View view_after(const idem::Record* before, bool write,
                  const std::optional<idem::Record>& after) const;
  bool bounded_window() const;
  bool is_expired(const idem::Record& record) const;
  void ask_for_claims(const idem::Record* record, Steps& steps) const;
  void ask_with_token(const idem::Record* record, bool mine, Steps& steps) const;
  void ask_to_resolve(const idem::Record* record, Steps& steps) const;
  void ask_to_look(const idem::Record* record, Steps& steps) const;
  FenceStep released(const idem::Record* record, bool mine) const;

  const Mode mode_;
  const StoreFaults faults_;
  const cpp_lite::Effects effects_;
  idem::BeginArgs terms_;
  std::array<Steps, 256> steps_;
};

}  // namespace explorer
