#include "idempotency/outcome.h"

#include <initializer_list>

#include "policy/promise.h"

namespace cpp_lite::idempotency {
namespace {

constexpr std::uint32_t bit(Code code) { return 1U << static_cast<unsigned>(code); }
constexpr std::uint32_t bits(std::initializer_list<Code> codes) {
  std::uint32_t all = 0;
  for (const Code code : codes) all |= bit(code);
  return all;
}
bool within(const Status& status, std::uint32_t codes) { return (bit(status.code()) & codes) != 0; }

// A status that may have come from a call further down proves nothing.
constexpr std::uint32_t kDoubtful = bits(
    {Code::cancelled, Code::unknown, Code::deadline_exceeded, Code::internal, Code::unavailable});
constexpr std::uint32_t kWorthAnother = kDoubtful | bits({Code::resource_exhausted, Code::aborted});

bool did_nothing(const KeyPolicy& policy, const HandlerEnd& end) {
  if (end.threw || end.status.ok()) return false;
  return within(end.status, policy.release_on) || policy::promised_here(end.status);
}

// It was cut off, or says itself that it does not know.
bool cut_short(const HandlerEnd& end) {
  return end.threw || end.status.is_outcome_unknown() || (end.cancelled && !end.status.ok());
}

Treatment transactional(const HandlerEnd& end) {
  if (cut_short(end)) return Treatment::undo_and_release;
  return end.status.ok() ? Treatment::store : Treatment::store_and_undo;
}

Treatment external(const HandlerEnd& end) {
  const bool unknown = cut_short(end) || within(end.status, kDoubtful);
  return unknown ? Treatment::mark_unknown : Treatment::store;
}

Treatment downstream(const Ending& ending) {
  const HandlerEnd& end = ending.handler;
  const bool unasked = ending.attempt > 1 && !end.status.ok() && !ending.used_downstream_key;
  const bool again = end.threw || end.status.is_outcome_unknown() ||
                     (end.cancelled && !end.status.ok()) || within(end.status, kWorthAnother) ||
                     unasked;
  return again ? Treatment::yield : Treatment::store;
}

}  // namespace

Treatment treatment(const KeyPolicy& policy, Effects effects, const Ending& ending) {
  if (did_nothing(policy, ending.handler)) {
    return effects == Effects::transactional ? Treatment::undo_and_release : Treatment::release;
  }
  if (effects == Effects::transactional) return transactional(ending.handler);
  if (effects == Effects::external) return external(ending.handler);
  return downstream(ending);
}

}  // namespace cpp_lite::idempotency
