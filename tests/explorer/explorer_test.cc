// All interleavings of one key, in each supported mode; and for each guard of docs/rules.md,
// "Keys", a mutant without it, in which the walk finds what goes wrong.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <ostream>
#include <string>

#include "explorer/modes.h"
#include "explorer/search.h"

namespace explorer {
namespace {

constexpr std::size_t kMost = 30'000'000;  // states: below 1 GB

void tell(const std::string& what, const Found& found) {
  std::cout << what << ": " << found.states << " states, " << found.steps << " steps"
            << (found.complete ? ", exhausted" : "") << "\n"
            << found.trace;
  ::testing::Test::RecordProperty("states", std::to_string(found.states));
}

void expect_no_violation(const Mode& mode, const Bounds& bounds = {}) {
  const Found found = explore(Model({mode, bounds}), kAll, kMost);
  tell(mode.name, found);
  EXPECT_EQ(found.broken, 0U) << names_of(found.broken);
  EXPECT_TRUE(found.complete);
}

// Three processes, four requests, two crashes, three lease expiries and a lost answer of the store,
// by default; an end of the record's time, of what the downstream service remembers, and a visit of
// the operator come on top of that.
const Bounds kBriefly{.requests = 3, .crashes = 1, .expiries = 2};
// Where all together is too much for every run, `./dev explore` has the time.
const Bounds kWithoutEnd{.ttls = 0, .resolves = 0};

TEST(Explorer, ExternalEffectsHappenAtMostOnce) { expect_no_violation(external_fail()); }
TEST(Explorer, OneTransactionHoldsClaimEffectAndResult) {
  expect_no_violation(transactional_rerun());
}
TEST(Explorer, ATransactionThatWasClaimedBeforeIsFenced) {
  expect_no_violation(claimed_transactional());
}
TEST(Explorer, IdempotentMethodsAreFenced) {
  expect_no_violation(idempotent_rerun(), kWithoutEnd);
  expect_no_violation(idempotent_rerun(), kBriefly);
}
TEST(Explorer, EffectsDownstreamHappenAtMostOnce) {
  expect_no_violation(downstream_rerun(), kWithoutEnd);
  expect_no_violation(downstream_rerun(), kBriefly);
}

TEST(Explorer, AnotherRequestWithTheKeyGetsNothing) {
  Bounds bounds = kBriefly;
  bounds.strangers = 1;
  bounds.lost = 0;
  for (const Mode& mode : {external_fail(), downstream_rerun(), transactional_rerun()}) {
    expect_no_violation(mode, bounds);
  }
}

// That the steps which model.h leaves out lead nowhere else. With time, all of everything.
TEST(Explorer, EveryStepOfASmallerWorldIsHarmlessToo) {
  const bool has_time = std::getenv("CPP_LITE_EXPLORE") != nullptr;
  Bounds bounds = has_time ? Bounds() : kBriefly;
  bounds.every_step = true;
  for (const Mode& mode : {external_fail(), transactional_rerun(), claimed_transactional()}) {
    expect_no_violation(mode, bounds);
  }
  if (!has_time) return;
  expect_no_violation(idempotent_rerun(), bounds);
  expect_no_violation(downstream_rerun(), bounds);
}

TEST(Explorer, TwoTenantsShareNothingDownstream) {
  expect_no_violation(
      downstream_rerun(),
      {.processes = 2, .requests = 3, .crashes = 1, .expiries = 1, .lost = 0, .tenants = 2});
}

// A method that is declared TRANSACTIONAL, on a store without transactions: not a mode of its own.
TEST(Explorer, WithoutTransactionsTheTermsAreThoseOfExternalEffects) {
  const cpp_lite::KeyPolicy declared = transactional_rerun().policy;
  EXPECT_EQ(idem::kept_effects(declared, {}), cpp_lite::Effects::external);
  idem::BeginArgs a, b;
  idem::set_terms(a, declared, cpp_lite::Effects::external, {.renewed = std::chrono::seconds(10)});
  idem::set_terms(b, external_fail().policy, cpp_lite::Effects::external,
                  {.renewed = std::chrono::seconds(10)});
  EXPECT_EQ(a.rerun_until, b.rerun_until);
  EXPECT_EQ(a.expires, b.expires);
  EXPECT_EQ(a.lease, b.lease);
}

// --- Mutants ---

struct Mutant {
  const char* name;
  unsigned breaks;
  Rules rules;
  friend std::ostream& operator<<(std::ostream& out, const Mutant& mutant) {
    return out << mutant.name;
  }
};

Mode external_rerun() {
  Mode mode = idempotent_rerun();
  mode.name = "EXTERNAL, RERUN";
  mode.at_most_once = true;  // of methods that are not idempotent; the generator refuses them
  return mode;
}

Rules with(const Mode& mode, Defect defect, const Bounds& bounds = {}) {
  return {.mode = mode, .bounds = bounds, .server = defect};
}
Rules with(const Mode& mode, const StoreFaults& faults) { return {.mode = mode, .store = faults}; }

class Mutants : public ::testing::TestWithParam<Mutant> {};

TEST_P(Mutants, AreFound) {
  const Mutant& mutant = GetParam();
  const Found found = explore(Model(mutant.rules), I(mutant.breaks), kMost);
  tell(mutant.name, found);
  EXPECT_EQ(names_of(found.broken), names_of(I(mutant.breaks)));
}

const Bounds kTwoTenants{.processes = 2, .requests = 2, .crashes = 0, .lost = 0, .tenants = 2};

INSTANTIATE_TEST_SUITE_P(
    Explorer, Mutants,
    ::testing::Values(
        // docs/rules.md, "The explorer's letters"
        Mutant{"D_external_effects_run_again", 1, {.mode = external_rerun()}},
        Mutant{"E_no_fence", 1, with(claimed_transactional(), {.unfenced_complete = true})},
        Mutant{"F_answer_before_complete", 3,
               with(external_fail(), Defect::answers_before_complete)},
        Mutant{"G_error_taken_for_success", 3,
               with(external_fail(), Defect::takes_an_error_for_success)},
        Mutant{"H_fail_open", 1, with(external_fail(), Defect::fails_open)},
        Mutant{"H_fail_open_executes_without_a_claim", 9,
               with(external_fail(), Defect::fails_open)},
        Mutant{"I_delete_on_error", 1, with(external_fail(), Defect::deletes_on_error)},
        Mutant{"M_unfenced_delete", 3, with(claimed_transactional(), {.unfenced_delete = true})},
        // and those that rules of "Keys" came from
        Mutant{"begin_again_after_fence_lost", 1,
               with(external_fail(), Defect::begins_after_fence_lost)},
        Mutant{"unknown_outcome_expires", 11,
               with(external_fail(), {.unknown_outcomes_expire = true})},
        Mutant{"unknown_outcome_expires_and_runs_again", 1,
               with(external_fail(), {.unknown_outcomes_expire = true})},
        Mutant{"thrown_handler_is_final", 13,
               with(external_fail(), Defect::stores_what_was_thrown)},
        Mutant{"commit_repeated", 1, with(transactional_rerun(), Defect::commits_again)},
        Mutant{"commit_repeated_after_a_claim", 1,
               with(claimed_transactional(), Defect::commits_again)},
        Mutant{"later_attempt_released", 12,
               with(downstream_rerun(), {.releases_later_attempts = true})},
        Mutant{"later_attempt_released_and_runs_again", 1,
               with(downstream_rerun(), {.releases_later_attempts = true})},
        Mutant{"downstream_key_without_tenant", 5,
               with(downstream_rerun(), Defect::forgets_the_tenant_downstream, kTwoTenants)},
        // and more guards
        Mutant{"no_window", 1, with(downstream_rerun(), {.no_window = true})},
        Mutant{"answer_from_memory_after_fence_lost", 2,
               with(downstream_rerun(), Defect::answers_from_memory_after_fence_lost)},
        Mutant{"volatile_store", 1, with(external_fail(), {.forgets_with_its_process = true})},
        Mutant{"volatile_store_loses_answers", 3,
               with(external_fail(), {.forgets_with_its_process = true})}),
    [](const auto& mutant) { return std::string(mutant.param.name); });

// Variant L: where nothing is run again, the fence of complete() is not what keeps it safe.
TEST(Explorer, WithoutRerunsNoResultNeedsItsFence) {
  const Found found = explore(Model({.mode = external_fail(),
                                     .bounds = {.lost = 0, .ttls = 0, .resolves = 0},
                                     .store = {.unfenced_complete = true}}),
                              I(1) | I(2) | I(3), kMost);
  tell("L_unfenced_without_rerun", found);
  EXPECT_EQ(found.broken, 0U) << names_of(found.broken);
  EXPECT_TRUE(found.complete);
}

}  // namespace
}  // namespace explorer
