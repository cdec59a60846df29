#include "explorer/moves.h"

#include <algorithm>
#include <utility>

namespace explorer {
namespace {

using cpp_lite::Code;
using cpp_lite::Effects;
using cpp_lite::HandlerEnd;
using cpp_lite::Status;
using idem::State;
using idem::Treatment;

HandlerEnd ended(Code code) { return {.status = Status(code, ""), .response = {}}; }
HandlerEnd threw() { return {.status = Status(Code::unknown, ""), .threw = true, .response = {}}; }
HandlerEnd cancelled() {
  return {.status = Status(Code::cancelled, ""), .cancelled = true, .response = {}};
}
HandlerEnd did_nothing() {
  return {.status = Status::not_executed(Code::unavailable, ""), .response = {}};
}

}  // namespace

Model::Model(const Rules& rules) : rules_(rules), store_(rules.mode, rules.store) {
  for (const bool later : {false, true}) {
    endings_[false][later] = endings_of(false, later);
    endings_[true][later] = endings_of(true, later);
  }
  Endings declined;
  add_ending(declined, "returns the downstream's refusal", ended(Code::failed_precondition), true,
             true);
  declined_ = declined[0];
}

World Model::start() const {
  World world;
  world.left = rules_.bounds;
  return world;
}

// --- How handlers end, and what the real rules (a) to (e) make of it ---

void Model::add_ending(Endings& to, const char* what, const HandlerEnd& end, bool later,
                       bool asked) const {
  Ending ending{
      what, !end.status.ok(),
      idem::treatment(rules_.mode.policy, store_.effects(), {end, later ? 2U : 1U, asked})};
  if (end.threw && rules_.server == Defect::stores_what_was_thrown) {
    ending.treatment = Treatment::store;
  }
  if (end.threw && rules_.server == Defect::deletes_on_error) {
    ending.treatment = Treatment::release;
  }
  const bool told = ending.treatment == Treatment::store;
  const bool known = std::any_of(to.begin(), to.end(), [&](const Ending& e) {
    return e.treatment == ending.treatment && (!told || e.error == ending.error);
  });
  if (!known) to.push_back(ending);
}

// Handlers are honest: OK means that the effect took place, an error without doubt that it did not.
Model::Endings Model::endings_of(bool effect, bool later) const {
  Endings all;
  const bool transactional = store_.effects() == Effects::transactional;
  if (effect) add_ending(all, "returns OK", ended(Code::ok), later, true);
  add_ending(all, "throws", threw(), later, effect);
  add_ending(all, "is cancelled", cancelled(), later, effect);
  if (!effect || transactional) {
    add_ending(all, "declines", ended(Code::failed_precondition), later, effect);
    add_ending(all, "says that it did nothing", did_nothing(), later, effect);
  }
  if (!transactional) {
    add_ending(all, "returns UNAVAILABLE", ended(Code::unavailable), later, effect);
    add_ending(all, "does not know its outcome",
               {.status = Status::outcome_unknown(""), .response = {}}, later, effect);
  }
  return all;
}

// --- What moves are made of ---

const Steps& Model::steps(const World& world, bool tenant) const {
  return store_.at(world.keys[tenant].record);
}

bool Model::holds_transaction(const Process& process) const {
  const bool open =
      process.pc == Pc::granted || process.pc == Pc::running || process.pc == Pc::completing;
  return rules_.mode.single_transaction && open && !process.late;
}

// Whoever writes to the record waits for the transaction that holds it.
bool Model::blocked(const World& world, bool tenant) const {
  if (!rules_.mode.single_transaction) return false;
  return std::any_of(world.processes.begin(), world.processes.end(),
                     [&](const Process& p) { return p.tenant == tenant && holds_transaction(p); });
}

// Has started its handler, and says nothing of its end yet.
bool Model::executes(const Process& process) {
  return !process.old &&
         (process.pc == Pc::running || process.pc == Pc::completing || process.pc == Pc::settling ||
          process.pc == Pc::yielding || process.pc == Pc::marking);
}

// Nobody holds the record's token any more.
void Model::forget_token(Next& next, bool tenant) const {
  for (Process& process : next.world.processes) {
    if (process.tenant != tenant) continue;
    process.mine = process.prev_mine = process.pend_mine = false;
  }
  if (next.world.flying.tenant == tenant) next.world.flying.mine = false;
}

void Model::take_token(Next& next, Process& process) const {
  forget_token(next, process.tenant);
  process.mine = true;
}

void Model::put(Next& next, bool tenant, const View& after) const {
  Key& key = next.world.keys[tenant];
  if (key.record == after) return;
  if (key.delivered) next.broken |= I(3);
  key.record = after;
  if (after.is(State::completed)) key.ran = false;  // `effects` tells the rest
  if (after.is(State::completed) && after.error && key.effects > 0 && rules_.mode.at_most_once) {
    next.broken |= I(13);
  }
  if (!after.present) {
    key.downstream = Downstream::unseen;  // the next life has another downstream key
    forget_token(next, tenant);
  } else if (store_.at(after).expired) {
    purge(next, tenant);
  }
}

void Model::put_fenced(Next& next, const Process& by, const View& after) const {
  if (!by.mine && after != next.world.keys[by.tenant].record) next.broken |= I(6);
  put(next, by.tenant, after);
}

// Expired: as good as absent. A key that ends as it should starts anew; what is still on its way
// for its former life is over its time.
void Model::purge(Next& next, bool tenant) const {
  Key& key = next.world.keys[tenant];
  const bool allowed =
      key.record.is(State::completed) || (key.record.is(State::in_progress) && !key.record.lease &&
                                          store_.effects() == Effects::transactional);
  if (!allowed || !key.record.ttl_over) next.broken |= I(11);
  const Key before = std::exchange(key, Key());
  if (!allowed) {
    key.effects = before.effects;
    key.ran = before.ran;
  }
  forget_token(next, tenant);
  for (Process& process : next.world.processes) {
    if (process.tenant == tenant && process.pc >= Pc::granted) process.old = true;
  }
}

void Model::effect(Next& next, bool tenant) const {
  Key& key = next.world.keys[tenant];
  const int most = rules_.mode.at_most_once ? 2 : 1;
  key.effects = static_cast<std::uint8_t>(std::min(most, key.effects + 1));
  if (!rules_.mode.at_most_once) return;
  if (key.effects > 1) next.broken |= I(1);
  if (key.record.is(State::completed) && key.record.error) next.broken |= I(13);
}

// Of the key's present life.
bool Model::may_have_run(const World& world, bool tenant) const {
  const Key& key = world.keys[tenant];
  return key.ran || key.effects > 0 ||
         std::any_of(world.processes.begin(), world.processes.end(),
                     [&](const Process& p) { return p.tenant == tenant && executes(p); });
}

// It goes out of sight, and has not proven that it did nothing.
void Model::leave(Next& next, const Process& process) const {
  Key& key = next.world.keys[process.tenant];
  if (executes(process) && !key.record.is(State::completed)) key.ran = true;
}

// The record's result is what this process will tell.
void Model::hold_result(Next& next, Process& process) const {
  const View& record = next.world.keys[process.tenant].record;
  if (record.other != process.other) next.broken |= I(4);
  process.pc = Pc::respond;
  process.error = record.error;
  process.mine = true;
  process.old = false;
}

// Its leader has answered, and has no result for those who wait: the next of them leads.
void Model::finish(Process& process) const {
  Process after;
  after.pend_mine = process.pend_mine;
  after.pend_flies = process.pend_flies;
  after.tenant = process.tenant;
  if (process.waiters > 0) {
    after.pc = Pc::ask;
    after.other = process.other;
    after.waiters = static_cast<std::uint8_t>(process.waiters - 1);
  }
  process = after;
}

void Model::successors(const World& world, std::vector<Next>& to) const {
  to.clear();
  for (int i = 0; i < static_cast<int>(kProcesses); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i > 0 && world.processes[at] == world.processes[at - 1]) continue;  // and so they stay
    moves_of(world, i, to);
    receive(world, i, to);
    crash(world, i, to);
  }
  land(world, to);
  for (int tenant = 0; tenant < rules_.bounds.tenants; ++tenant) {
    pass_time(world, tenant != 0, to);
    resolve(world, tenant != 0, to);
  }
  if (!rules_.bounds.every_step) {
    for (Next& next : to) {
      if (next.process >= 0 && actor(next).pc == Pc::respond) deliver(next);
    }
  }
  const bool rest = std::all_of(world.processes.begin(), world.processes.end(),
                                [](const Process& p) { return p.pc == Pc::idle; });
  if (to.empty() && !rest) to.push_back({world, I(8), "a request waits for ever"});
}

}  // namespace explorer
