// Model: what server processes do when a handler has ended: results, answers, claims given back.
#include "explorer/moves.h"

namespace explorer {
namespace {

using idem::AfterCommit;
using idem::AfterComplete;
using idem::AfterFenceLost;
using idem::State;

}  // namespace

// --- The result (Execution::store_result) ---

void Model::complete(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  const CompleteStep& step = steps(world, by.tenant).complete[by.mine][by.error];
  Next next = from(world, process, "stores its result");
  completed(next, actor(next), step);
  to.push_back(next);
  if (world.left.lost == 0) return;
  if (rules_.server == Defect::takes_an_error_for_success) {
    Next failed = from(world, process, "fails to store its result, and answers");
    --failed.world.left.lost;
    actor(failed).pc = Pc::respond;
    actor(failed).mine = false;
    to.push_back(failed);
  }
  Next unheard = from(world, process, "stores its result; the answer is lost");
  --unheard.world.left.lost;
  put_fenced(unheard, by, step.after);
  to.push_back(unheard);
  if (world.flying.op != Op::none) return;
  Next later = from(world, process, "stores its result; the request is delayed");
  --later.world.left.lost;
  later.world.flying = {
      .op = Op::complete, .mine = by.mine, .error = by.error, .tenant = by.tenant};
  to.push_back(later);
}

void Model::completed(Next& next, Process& process, const CompleteStep& step) const {
  leave(next, process);
  switch (step.next) {
    case AfterComplete::answer:
      put_fenced(next, process, step.after);
      process.pc = Pc::respond;
      process.mine = true;
      return;
    case AfterComplete::read_back:
      next.what = "finds its result stored";
      process.pc = Pc::fence_lost;
      return;
    case AfterComplete::fence_lost:
      next.what = "finds its fence lost";
      process.pc = Pc::fence_lost;
      if (rules_.server != Defect::answers_from_memory_after_fence_lost) return;
      process.pc = Pc::respond;
      process.mine = false;
      return;
    case AfterComplete::repeat:
      break;
  }
}

// The effect, and in a single transaction the claim, become durable with the result.
void Model::commit(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  const bool single = rules_.mode.single_transaction;
  const View claim =
      single ? steps(world, by.tenant).begin[by.other][0].after : world.keys[by.tenant].record;
  const CompleteStep& step = store_.at(claim).complete[single || by.mine][by.error];
  const bool taken_back = single && by.late;
  if (!taken_back) {
    Next next = from(world, process, "commits");
    apply_commit(next, actor(next), step);
    to.push_back(next);
  }
  if (world.left.lost == 0 && !taken_back) return;
  for (const bool applied : {false, true}) {
    if (applied && taken_back) continue;
    Next next = from(world, process, applied ? "commits; the answer is lost" : "fails to commit");
    if (!taken_back) --next.world.left.lost;
    if (applied) apply_commit(next, actor(next), step);
    if (applied && rules_.server == Defect::commits_again && actor(next).effect) {
      next.what = "commits; the answer is lost, and it commits again";
      effect(next, by.tenant);
    }
    actor(next).pc = Pc::settling;
    to.push_back(next);
  }
}

void Model::apply_commit(Next& next, Process& process, const CompleteStep& step) const {
  if (step.commit != AfterCommit::answer) {
    next.what = "finds its fence lost, and rolls back";
    process.pc = Pc::fence_lost;
    return;
  }
  if (process.effect) effect(next, process.tenant);
  if (rules_.mode.single_transaction) {
    put(next, process.tenant, step.after);
    take_token(next, process);
  } else {
    put_fenced(next, process, step.after);
  }
  process.pc = Pc::respond;
  process.mine = true;
}

// A release that waits until the commit is applied or not.
void Model::settle(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  if (blocked(world, by.tenant)) return;
  Next next = from(world, process, "settles its commit");
  const FenceStep& step = steps(world, by.tenant).release[by.mine];
  actor(next).pc = Pc::fence_lost;  // what was not applied left nothing behind
  give_up(next, actor(next), step.after);
  to.push_back(next);
}

void Model::after_fence_lost(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  Next next = from(world, process, "answers that it does not know");
  if (rules_.server == Defect::begins_after_fence_lost) {
    next.what = "asks for the key again";
    actor(next).pc = Pc::ask;
  } else if (steps(world, by.tenant).fence_lost[by.other] == AfterFenceLost::replay) {
    next.what = "reads the result";
    hold_result(next, actor(next));
  } else {
    finish(actor(next));
  }
  to.push_back(next);
}

// --- The answer ---

// To its client, and to all who wait in this process.
void Model::respond(const World& world, int process, std::vector<Next>& to) const {
  Next next = from(world, process, "answers with the result");
  deliver(next);
  to.push_back(next);
}

void Model::deliver(Next& next) const {
  const Process by = actor(next);
  Key& key = key_of(next);
  if (!by.old) {
    const bool durable = by.mine && key.record.is(State::completed);
    if (!durable) next.broken |= I(3) | I(10);
    if (!durable && key.delivered) next.broken |= I(2);
    if (durable && key.record.error != by.error) next.broken |= I(2);
    key.delivered = key.delivered || durable;
  }
  actor(next).waiters = 0;
  finish(actor(next));
}

// --- Claims that are given back (Execution::release, yield and mark_unknown) ---

void Model::give_up(Next& next, Process& process, const View& after) const {
  const bool freed = next.world.keys[process.tenant].record.present && !after.present;
  if (freed && may_have_run(next.world, process.tenant)) next.broken |= I(12);
  put_fenced(next, process, after);
}

void Model::release(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  if (blocked(world, by.tenant)) return;
  const View& after = steps(world, by.tenant).release[by.mine].after;
  Next next = from(world, process, "releases the key");
  give_up(next, actor(next), after);
  finish(actor(next));
  to.push_back(next);
  if (world.left.lost == 0) return;
  for (const bool delayed : {false, true}) {
    if (delayed && world.flying.op != Op::none) continue;
    next = from(world, process, "fails to release the key");
    --next.world.left.lost;
    if (delayed) {
      next.what = "releases the key; the request is delayed";
      next.world.flying = {.op = Op::release, .mine = by.mine, .tenant = by.tenant};
    }
    actor(next).pend_mine = by.mine;
    finish(actor(next));
    to.push_back(next);
  }
}

// StoreCalls::release_later
void Model::release_pending(const World& world, int process, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  if (!by.pend_mine || blocked(world, by.tenant)) return;
  const View& after = steps(world, by.tenant).release[true].after;
  if (after == world.keys[by.tenant].record) return;
  Next next = from(world, process, "releases the key once more");
  Process holder = by;
  holder.mine = true;
  give_up(next, holder, after);
  to.push_back(next);
}

void Model::end_by(const World& world, int process, Op op, std::vector<Next>& to) const {
  const Process& by = actor(world, process);
  const Steps& all = steps(world, by.tenant);
  const FenceStep& step = (op == Op::yield ? all.yield : all.mark_unknown)[by.mine];
  Next next =
      from(world, process, op == Op::yield ? "yields the key" : "marks its outcome unknown");
  put_fenced(next, by, step.after);
  leave(next, by);
  if (step.lost) {
    actor(next).pc = Pc::fence_lost;
  } else {
    finish(actor(next));
  }
  to.push_back(next);
  if (world.left.lost == 0) return;
  next = from(world, process, "ends its claim; the answer is lost");
  --next.world.left.lost;
  put_fenced(next, by, step.after);
  to.push_back(next);
  if (world.flying.op != Op::none) return;
  next = from(world, process, "ends its claim; the request is delayed");
  --next.world.left.lost;
  next.world.flying = {.op = op, .mine = by.mine, .tenant = by.tenant};
  to.push_back(next);
}

}  // namespace explorer
