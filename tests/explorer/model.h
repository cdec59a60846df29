// What can happen next: the moves of server processes, as layer.cc, execution.cc and store_calls.cc
// make them, of clients, of time, of crashes and of an operator. What a store answers and what the
// server makes of it come from the real functions (store_table.h, outcome.h).
//
// Left out, because whatever follows could follow without it, too: answers that change nothing;
// operations that fail without having been applied; polls that find the same; a request that gives
// up before it has asked. A crashed process is back at once. Two tenants' keys in one process are
// leaders of two processes.
//
// Unless Bounds::every_step is set, these are left out as well:
// - A duplicate that waits for its process's leader. With a result it is answered as the leader is;
//   without one it does what a duplicate does that comes now.
// - Polling. It finds what begin() would find, and claims nothing; who gives up makes room for a
//   duplicate, which asks as it would have asked.
// - The time between a result and its answer. From the answer on the record must stay as it is, so
//   that an early one is the stricter; one that was right early and is wrong late was preceded by
//   such a change.
#pragma once

#include <cstdint>
#include <vector>

#include "explorer/store_table.h"
#include "explorer/world.h"
#include "idempotency/outcome.h"

namespace explorer {

// Bit n: invariant In of docs/rules.md.
using Invariants = std::uint32_t;
constexpr Invariants I(unsigned number) { return 1U << number; }
constexpr Invariants kAll = ~0U;

// What a server may do wrong.
enum class Defect : std::uint8_t {
  none,
  answers_before_complete,
  takes_an_error_for_success,
  fails_open,
  deletes_on_error,
  begins_after_fence_lost,
  answers_from_memory_after_fence_lost,
  stores_what_was_thrown,
  commits_again,
  forgets_the_tenant_downstream,
};

struct Rules {
  Mode mode;
  Bounds bounds = {};
  StoreFaults store = {};
  Defect server = Defect::none;
};

struct Next {
  World world;
  Invariants broken = 0;
  const char* what = "";
  int process = -1;
};

class Model {
 public:
  explicit Model(const Rules& rules);

  World start() const;
  // All that can follow, with what it breaks.
  void successors(const World& world, std::vector<Next>& to) const;
  const Bounds& bounds() const { return rules_.bounds; }

 private:
  struct Ending {
    const char* what;
    bool error;
    idem::Treatment treatment;
  };
  using Endings = std::vector<Ending>;

  // model.cc: how handlers end; what every move is made of.
  void add_ending(Endings& to, const char* what, const cpp_lite::HandlerEnd& end, bool later,
                  bool asked) const;
  Endings endings_of(bool effect, bool later) const;
  void put(Next& next, bool tenant, const View& after) const;
  void put_fenced(Next& next, const Process& by, const View& after) const;
  void purge(Next& next, bool tenant) const;
  void forget_token(Next& next, bool tenant) const;
  void take_token(Next& next, Process& process) const;
  void effect(Next& next, bool tenant) const;
  static bool executes(const Process& process);
  bool may_have_run(const World& world, bool tenant) const;
  void leave(Next& next, const Process& process) const;
  void hold_result(Next& next, Process& process) const;
  void finish(Process& process) const;
  bool blocked(const World& world, bool tenant) const;
  bool holds_transaction(const Process& process) const;
  const Steps& steps(const World& world, bool tenant) const;

  // process.cc
  void moves_of(const World& world, int process, std::vector<Next>& to) const;
  void ask(const World& world, int process, std::vector<Next>& to) const;
  void begun(Next& next, const BeginStep& step) const;
  void lose_begin(const World& world, int process, std::vector<Next>& to) const;
  void poll(const World& world, int process, std::vector<Next>& to) const;
  void start_handler(const World& world, int process, std::vector<Next>& to) const;
  void begin_handler(Next& next, Process& process) const;
  void run(const World& world, int process, std::vector<Next>& to) const;
  void act(const World& world, int process, std::vector<Next>& to) const;
  void call_downstream(const World& world, int process, std::vector<Next>& to) const;
  void conclude(Process& process, const Ending& ending) const;
  void complete(const World& world, int process, std::vector<Next>& to) const;
  void completed(Next& next, Process& process, const CompleteStep& step) const;
  void commit(const World& world, int process, std::vector<Next>& to) const;
  void apply_commit(Next& next, Process& process, const CompleteStep& step) const;
  void settle(const World& world, int process, std::vector<Next>& to) const;
  void after_fence_lost(const World& world, int process, std::vector<Next>& to) const;
  void respond(const World& world, int process, std::vector<Next>& to) const;
  void deliver(Next& next) const;
  void release(const World& world, int process, std::vector<Next>& to) const;
  void release_pending(const World& world, int process, std::vector<Next>& to) const;
  void give_up(Next& next, Process& process, const View& after) const;
  void end_by(const World& world, int process, Op op, std::vector<Next>& to) const;

  // environment.cc
  void receive(const World& world, int process, std::vector<Next>& to) const;
  void crash(const World& world, int process, std::vector<Next>& to) const;
  void land(const World& world, std::vector<Next>& to) const;
  void pass_time(const World& world, bool tenant, std::vector<Next>& to) const;
  void end_ttl(const World& world, bool tenant, std::vector<Next>& to) const;
  void forget_downstream(const World& world, bool tenant, std::vector<Next>& to) const;
  void resolve(const World& world, bool tenant, std::vector<Next>& to) const;

  const Rules rules_;
  const StoreTable store_;
  std::array<std::array<Endings, 2>, 2> endings_;  // [effect][later]
  Ending declined_{};                              // by the downstream service
};

}  // namespace explorer
