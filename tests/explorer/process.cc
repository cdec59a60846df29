// Model: what server processes do with a request, until its handler has ended.
#include <algorithm>

#include "explorer/moves.h"

namespace explorer {
namespace {

using cpp_lite::Effects;
using idem::AfterBegin;
using idem::AfterPoll;
using idem::Treatment;

}  // namespace

void Model::moves_of(const World& world, int process, std::vector<Next>& to) const {
  release_pending(world, process, to);
  switch (actor(world, process).pc) {
    case Pc::idle:
      return;
    case Pc::ask:
      return ask(world, process, to);
    case Pc::poll:
      return poll(world, process, to);
    case Pc::granted:
      return start_handler(world, process, to);
    case Pc::running:
      return run(world, process, to);
    case Pc::completing:
      return store_.effects() == Effects::transactional ? commit(world, process, to)
                                                        : complete(world, process, to);
    case Pc::settling:
      return settle(world, process, to);
    case Pc::fence_lost:
      return after_fence_lost(world, process, to);
    case Pc::respond:
      return respond(world, process, to);
    case Pc::releasing:
      return release(world, process, to);
    case Pc::yielding:
      return end_by(world, process, Op::yield, to);
    case Pc::marking:
      return end_by(world, process, Op::mark_unknown, to);
  }
}

// --- Claims (Layer::lead, StoreCalls::begin and open) ---

void Model::ask(const World& world, int process, std::vector<Next>& to) const {
  const Process& asking = actor(world, process);
  if (blocked(world, asking.tenant)) return;
  Next next = from(world, process, "asks for the key");
  begun(next, steps(world, asking.tenant).begin[asking.other][asking.prev_mine]);
  to.push_back(next);
  if (!rules_.mode.single_transaction && world.left.lost > 0) lose_begin(world, process, to);
  if (!asking.prev_mine && !asking.prev_flies) return;
  next = from(world, process, "gives up; its unanswered claim will be released");
  actor(next).pend_mine = asking.prev_mine;
  actor(next).pend_flies = asking.prev_flies;
  finish(actor(next));
  to.push_back(next);
}

void Model::begun(Next& next, const BeginStep& step) const {
  Process& process = actor(next);
  const View before = key_of(next).record;
  switch (step.next) {
    case AfterBegin::execute:
      next.what = "is granted the key";
      if (step.after.other != process.other) next.broken |= I(4);
      if (!rules_.mode.single_transaction) {
        put(next, process.tenant, step.after);
        take_token(next, process);
      }
      process.pc = Pc::granted;
      process.later = step.later;
      process.effect = process.late = process.old = process.error = false;
      return;
    case AfterBegin::replay:
      next.what = "finds the result";
      return hold_result(next, process);
    case AfterBegin::wait:
      next.what = "finds the key busy";
      if (!before.lease) next.broken |= I(7);
      if (rules_.bounds.every_step) process.pc = Pc::poll;
      return;
    default:
      next.what = "is refused the key";
      put(next, process.tenant, step.after);
      finish(process);
  }
}

// It is applied unheard, or still on its way when the process asks again.
void Model::lose_begin(const World& world, int process, std::vector<Next>& to) const {
  const Process& asking = actor(world, process);
  const BeginStep& step = steps(world, asking.tenant).begin[asking.other][asking.prev_mine];
  if (rules_.server == Defect::fails_open) {
    Next open = from(world, process, "gets no answer, and executes without a claim");
    --open.world.left.lost;
    open.broken |= I(9);
    begin_handler(open, actor(open));
    to.push_back(open);
  }
  Next applied = from(world, process, "asks for the key; the answer is lost");
  --applied.world.left.lost;
  put(applied, asking.tenant, step.after);
  if (step.next == AfterBegin::execute) {
    forget_token(applied, asking.tenant);
    actor(applied).prev_mine = true;
  }
  to.push_back(applied);
  if (asking.prev_mine || world.flying.op != Op::none) return;
  Next later = from(world, process, "asks for the key; the request is delayed");
  --later.world.left.lost;
  later.world.flying = {.op = Op::begin, .other = asking.other, .tenant = asking.tenant};
  actor(later).prev_flies = true;
  to.push_back(later);
}

void Model::poll(const World& world, int process, std::vector<Next>& to) const {
  const Process& waiting = actor(world, process);
  const AfterPoll what = steps(world, waiting.tenant).poll[waiting.other];
  if (what == AfterPoll::poll) {
    Next late = from(world, process, "waits no longer");
    finish(actor(late));
    to.push_back(late);
    return;
  }
  Next next = from(world, process, "sees that the key is free");
  actor(next).pc = Pc::ask;
  if (what == AfterPoll::replay) {
    next.what = "sees the result";
    hold_result(next, actor(next));
  }
  to.push_back(next);
}

// --- The handler (Execution::run) ---

void Model::start_handler(const World& world, int process, std::vector<Next>& to) const {
  Next unheld = from(world, process, "has no time to start the handler");
  actor(unheld).pc = Pc::releasing;
  if (rules_.mode.single_transaction) finish(actor(unheld));
  to.push_back(unheld);
  if (actor(world, process).late) return;
  Next next = from(world, process, "starts the handler");
  begin_handler(next, actor(next));
  to.push_back(next);
}

void Model::begin_handler(Next& next, Process& process) const {
  const bool again = may_have_run(next.world, process.tenant) || process.acted;
  process.pc = Pc::running;
  if (store_.effects() != Effects::external || !rules_.mode.at_most_once) return;
  if (again) next.broken |= I(1);
  process.acted = true;
}

void Model::run(const World& world, int process, std::vector<Next>& to) const {
  const Process& running = actor(world, process);
  act(world, process, to);
  for (const Ending& ending : endings_[running.effect][running.later]) {
    Next next = from(world, process, ending.what);
    conclude(actor(next), ending);
    to.push_back(next);
  }
  if (store_.effects() == Effects::transactional) return;
  const FenceStep& renewed = steps(world, running.tenant).renew[running.mine];
  if (renewed.after == world.keys[running.tenant].record) return;
  Next next = from(world, process, "renews its lease");
  put_fenced(next, running, renewed.after);
  to.push_back(next);
}

void Model::act(const World& world, int process, std::vector<Next>& to) const {
  const Process& running = actor(world, process);
  if (running.effect) return;
  if (store_.effects() == Effects::downstream_keyed) return call_downstream(world, process, to);
  Next next = from(world, process, "has its effect");
  actor(next).effect = true;
  // What a life of the key that is over left running is bounded by max_execution, if by anything.
  const bool counts = rules_.mode.at_most_once || !running.old;
  if (store_.effects() == Effects::external && counts) effect(next, running.tenant);
  to.push_back(next);
}

// It remembers keys, what it did for them and what it refused. Nothing is sent after max_execution.
void Model::call_downstream(const World& world, int process, std::vector<Next>& to) const {
  const Process& running = actor(world, process);
  if (running.late || running.old) return;
  const Key& key = world.keys[running.tenant];
  const Key& stranger = world.keys[!running.tenant];
  Next done = from(world, process, "has the effect downstream");
  Downstream known = key.downstream;
  if (rules_.server == Defect::forgets_the_tenant_downstream &&
      stranger.downstream != Downstream::unseen) {
    known = stranger.downstream;
    done.broken |= I(5);
  }
  if (known == Downstream::unseen) {
    key_of(done).downstream = Downstream::applied;
    effect(done, running.tenant);
  }
  if (known != Downstream::declined) {
    actor(done).effect = true;
    to.push_back(done);
  }
  if (known == Downstream::applied) return;
  Next declined = from(world, process, "is refused downstream");
  key_of(declined).downstream = Downstream::declined;
  conclude(actor(declined), declined_);
  to.push_back(declined);
}

// Execution::conclude. What is proven to have done nothing does not count as a start.
void Model::conclude(Process& process, const Ending& ending) const {
  process.error = ending.error;
  switch (ending.treatment) {
    case Treatment::store_and_undo:
      process.effect = false;
      [[fallthrough]];
    case Treatment::store:
      process.pc = Pc::completing;
      if (store_.effects() != Effects::transactional) process.effect = process.late = false;
      if (rules_.server == Defect::answers_before_complete) {
        process.pc = Pc::respond;
        process.mine = false;
      }
      return;
    case Treatment::undo_and_release:
    case Treatment::release:
      process.pc = Pc::releasing;
      if (process.effect && ending.treatment == Treatment::release) return;  // it deletes on error
      process.acted = false;
      if (rules_.mode.single_transaction) finish(process);
      return;
    case Treatment::mark_unknown:
      process.pc = Pc::marking;
      return;
    case Treatment::yield:
      process.pc = Pc::yielding;
  }
}

}  // namespace explorer
