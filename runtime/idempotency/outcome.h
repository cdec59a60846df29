// What becomes of a record when its handler has ended: the rules (a) to (e) of docs/rules.md.
#pragma once

#include <cpp_lite/keyed_server.h>

namespace cpp_lite::idempotency {

enum class Treatment : std::uint8_t {
  store,             // the answer is final
  store_and_undo,    // likewise, once the effect was rolled back
  release,           // nothing was done
  undo_and_release,  // nothing is left of what was done
  mark_unknown,      // nobody can know
  yield,             // let the next request run it again, with the same downstream key
};

struct Ending {
  const HandlerEnd& handler;
  std::uint32_t attempt = 1;
  bool used_downstream_key = false;  // in this attempt
};

// `effects` as the store can keep them. Pure.
Treatment treatment(const KeyPolicy& policy, Effects effects, const Ending& ending);

}  // namespace cpp_lite::idempotency
