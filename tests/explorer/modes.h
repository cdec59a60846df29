// The kinds of keyed methods that there are (docs/rules.md, "Keys"), as the explorer knows them.
#pragma once

#include "explorer/store_table.h"

namespace explorer {

inline cpp_lite::KeyPolicy policy(cpp_lite::Effects effects, bool rerun) {
  cpp_lite::KeyPolicy policy;
  policy.effects = effects;
  policy.rerun = rerun;
  policy.downstream_ttl = std::chrono::hours(24);
  return policy;
}

inline Mode external_fail() {
  return {"EXTERNAL, FAIL", policy(cpp_lite::Effects::external, false)};
}
// Of methods that are idempotent in themselves (CL035): the effect may come twice.
inline Mode idempotent_rerun() {
  return {.name = "EXTERNAL, RERUN, idempotent",
          .policy = policy(cpp_lite::Effects::external, true),
          .at_most_once = false};
}
inline Mode downstream_rerun() {
  return {"DOWNSTREAM_KEYED, RERUN", policy(cpp_lite::Effects::downstream_keyed, true)};
}
// As the stores of this tree execute it.
inline Mode transactional_rerun() {
  return {.name = "TRANSACTIONAL, RERUN, one transaction",
          .policy = policy(cpp_lite::Effects::transactional, true),
          .single_transaction = true};
}
// As the state machine allows it, too: the claim is durable before, the result goes with the
// effect.
inline Mode claimed_transactional() {
  return {"TRANSACTIONAL, RERUN, claimed before", policy(cpp_lite::Effects::transactional, true)};
}

}  // namespace explorer
