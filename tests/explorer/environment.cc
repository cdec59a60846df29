// Model: clients, crashes, requests that arrive late, time, and the operator.
#include <algorithm>

#include "explorer/model.h"

namespace explorer {
namespace {

using cpp_lite::Effects;
using idem::AfterBegin;
using idem::State;

std::size_t at(int process) { return static_cast<std::size_t>(process); }

// max_execution bounds it.
bool before_end(const Process& process) {
  return process.pc == Pc::granted || process.pc == Pc::running;
}

bool at_work(const Process& process) {
  return process.pc >= Pc::granted && process.pc != Pc::respond && process.pc != Pc::fence_lost;
}

}  // namespace

void Model::receive(const World& world, int process, std::vector<Next>& to) const {
  if (world.left.requests == 0) return;
  const Process& here = world.processes[at(process)];
  const auto busy = std::count_if(world.processes.begin(), world.processes.end(),
                                  [](const Process& p) { return p.pc != Pc::idle; });
  if (here.pc != Pc::idle && !rules_.bounds.every_step) return;
  if (here.pc != Pc::idle) {  // it joins the flight; of other requests no flight takes notice
    if (here.other && world.left.strangers == 0) return;
    Next next{world, 0, "receives a duplicate, which waits", process};
    --next.world.left.requests;
    if (here.other) --next.world.left.strangers;
    ++next.world.processes[at(process)].waiters;
    to.push_back(next);
    return;
  }
  if (busy >= world.left.processes) return;
  for (int tenant = 0; tenant < world.left.tenants; ++tenant) {
    for (const bool other : {false, true}) {
      if (other && world.left.strangers == 0) continue;
      Next next{world, 0, other ? "receives the stranger's request" : "receives a request",
                process};
      --next.world.left.requests;
      if (other) --next.world.left.strangers;
      Process& leader = next.world.processes[at(process)];
      leader.pc = Pc::ask;
      leader.other = other;
      leader.tenant = tenant != 0;
      to.push_back(next);
    }
  }
}

void Model::crash(const World& world, int process, std::vector<Next>& to) const {
  const Process& here = world.processes[at(process)];
  if (world.left.crashes == 0) return;
  if (here.pc == Pc::idle && !here.pend_mine && !here.pend_flies) return;
  Next next{world, 0, "crashes", process};
  --next.world.left.crashes;
  leave(next, next.world.processes[at(process)]);
  next.world.processes[at(process)] = Process();
  if (rules_.store.forgets_with_its_process) put(next, here.tenant, View());
  to.push_back(next);
}

// Nobody waits for its answer any more.
void Model::land(const World& world, std::vector<Next>& to) const {
  const Flying& flying = world.flying;
  if (flying.op == Op::none || blocked(world, flying.tenant)) return;
  const Steps& all = steps(world, flying.tenant);
  Next next{world, 0, "a delayed request reaches the store"};
  next.world.flying = Flying();
  Process by;
  by.tenant = flying.tenant;
  by.mine = flying.mine;
  switch (flying.op) {
    case Op::begin: {
      const BeginStep& step = all.begin[flying.other][0];
      const bool granted = step.next == AfterBegin::execute;
      put(next, flying.tenant, step.after);
      if (granted) forget_token(next, flying.tenant);
      for (Process& process : next.world.processes) {
        process.prev_mine = process.prev_mine || (process.prev_flies && granted);
        process.pend_mine = process.pend_mine || (process.pend_flies && granted);
        process.prev_flies = process.pend_flies = false;
      }
      break;
    }
    case Op::complete:
      put_fenced(next, by, all.complete[flying.mine][flying.error].after);
      break;
    case Op::release:
      give_up(next, by, all.release[flying.mine].after);
      break;
    case Op::yield:
      put_fenced(next, by, all.yield[flying.mine].after);
      break;
    default:
      put_fenced(next, by, all.mark_unknown[flying.mine].after);
  }
  to.push_back(next);
}

void Model::pass_time(const World& world, bool tenant, std::vector<Next>& to) const {
  const View& record = world.keys[tenant].record;
  if (world.left.expiries > 0 && record.present && record.lease) {
    Next next{world, 0, "the lease ends"};
    --next.world.left.expiries;
    next.world.keys[tenant].record.lease = false;
    if (store_.at(next.world.keys[tenant].record).expired) purge(next, tenant);
    to.push_back(next);
  }
  for (std::size_t i = 0; i < kProcesses; ++i) {
    const Process& process = world.processes[i];
    if (world.left.expiries == 0 || process.tenant != tenant || !holds_transaction(process))
      continue;
    Next next{world, 0, "holds its transaction too long: it is taken back", static_cast<int>(i)};
    --next.world.left.expiries;
    next.world.processes[i].late = true;
    to.push_back(next);
  }
  if (record.present && record.window) {
    Next next{world, 0, "the window closes"};
    next.world.keys[tenant].record.window = false;
    to.push_back(next);
  }
  end_ttl(world, tenant, to);
  forget_downstream(world, tenant, to);
}

void Model::end_ttl(const World& world, bool tenant, std::vector<Next>& to) const {
  const View& record = world.keys[tenant].record;
  if (world.left.ttls == 0 || !record.present || record.ttl_over) return;
  Next next{world, 0, "the record's time is over"};
  --next.world.left.ttls;
  View& after = next.world.keys[tenant].record;
  after.ttl_over = true;
  after.lease = false;  // leases are shorter
  for (Process& process : next.world.processes) {
    if (process.tenant == tenant && before_end(process)) process.late = true;
  }
  if (store_.at(after).expired) purge(next, tenant);
  to.push_back(next);
}

// So late that whatever was granted within the window is over (docs/rules.md, "Window").
void Model::forget_downstream(const World& world, bool tenant, std::vector<Next>& to) const {
  const Key& key = world.keys[tenant];
  const bool matters = key.downstream != Downstream::unseen && !key.record.is(State::completed);
  if (world.left.forgets == 0 || !matters) return;
  Next next{world, 0, "the downstream service forgets its key"};
  --next.world.left.forgets;
  next.world.keys[tenant].downstream = Downstream::unseen;
  if (!rules_.store.no_window) next.world.keys[tenant].record.window = false;
  for (Process& process : next.world.processes) {
    if (process.tenant == tenant && before_end(process)) process.late = true;
  }
  to.push_back(next);
}

// An operator who has found all owners dead, and what they did.
void Model::resolve(const World& world, bool tenant, std::vector<Next>& to) const {
  const Key& key = world.keys[tenant];
  if (world.left.resolves == 0 || !key.record.present) return;
  const bool alive =
      std::any_of(world.processes.begin(), world.processes.end(),
                  [&](const Process& p) { return p.tenant == tenant && at_work(p); });
  if (alive) return;
  const bool known = key.effects > 0;
  const FenceStep& step = steps(world, tenant).resolve[known];
  if (step.lost) return;
  Next next{world, 0, known ? "the operator stores the result" : "the operator frees the key"};
  --next.world.left.resolves;
  next.world.keys[tenant].ran = false;
  put(next, tenant, step.after);
  to.push_back(next);
}

}  // namespace explorer
