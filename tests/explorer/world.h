// One state of the model that the explorer walks through: a key or two in a store, up to three
// server processes that share it, and what may still go wrong. Values without identity: of a token
// counts only whether it is the record's, of processes only what they do. Packed into 128 bits.
#pragma once

#include <cpp_lite/idempotency.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace explorer {

// What state.h can tell of one record, without its token.
struct View {
  bool present = false;
  cpp_lite::idempotency::State state{};
  bool later = false;     // the attempt is not the first
  bool lease = false;     // runs
  bool window = false;    // is open
  bool ttl_over = false;  // expires_at has come
  bool other = false;     // the fingerprint is that of the stranger's request
  bool error = false;     // the result is not OK

  bool is(cpp_lite::idempotency::State what) const { return present && state == what; }
  friend bool operator==(const View&, const View&) = default;
};

enum class Downstream : std::uint8_t { unseen, applied, declined };

// The record of one key, and what has happened to the key since it was free.
struct Key {
  View record;
  Downstream downstream{};   // what it remembers of this life's downstream key
  std::uint8_t effects = 0;  // that took place; 2: more than one
  bool ran = false;          // an execution is over, or dead, without proof that it did nothing
  bool delivered = false;    // a client has the record's result
};

// Where the leader of a process stands, in the words of layer.cc and execution.cc.
enum class Pc : std::uint8_t {
  idle,
  ask,         // begin() or open() comes next
  poll,        // another process has the key
  granted,     // claimed; the handler has not started
  running,     // it has
  completing,  // complete(), or the commit of the transaction
  settling,    // release() after a commit without an answer
  fence_lost,  // lookup()
  respond,     // has a result for its client; `mine`: it is the record's
  releasing,
  yielding,
  marking,
};

struct Process {
  Pc pc = Pc::idle;
  bool mine = false;        // its token is the record's
  bool prev_mine = false;   // the token of its begin() without an answer is
  bool prev_flies = false;  // that begin() has not arrived yet
  bool pend_mine = false;   // likewise the token that release_later() keeps releasing
  bool pend_flies = false;
  bool later = false;   // attempt > 1
  bool other = false;   // the stranger's request
  bool tenant = false;  // whose key
  bool effect = false;  // the handler's effect took place, or lies in its transaction
  bool acted = false;   // this request started a handler that is not proven to have done nothing
  bool late = false;    // max_execution is over; of a transaction: it was taken back
  bool old = false;     // executes a life of the key that is over
  bool error = false;   // its result is not OK
  std::uint8_t waiters = 0;
  friend bool operator==(const Process&, const Process&) = default;
};

// A store operation whose caller gave up waiting, and which may still arrive.
enum class Op : std::uint8_t { none, begin, complete, release, yield, mark_unknown };
struct Flying {
  Op op = Op::none;
  bool mine = false, other = false, error = false, tenant = false;
};

// How often what may still happen.
struct Bounds {
  std::uint8_t processes = 3;
  std::uint8_t requests = 4;   // with the same key: one and its duplicates
  std::uint8_t strangers = 0;  // of the requests, those that say something else
  std::uint8_t crashes = 2;
  std::uint8_t expiries = 3;  // of leases
  std::uint8_t lost = 1;      // answers of the store
  std::uint8_t ttls = 1;      // that run out
  std::uint8_t forgets = 1;   // of the downstream service
  std::uint8_t resolves = 1;  // by an operator
  std::uint8_t tenants = 1;
  bool every_step = false;  // even those that model.h proves to be covered by others
};

constexpr std::size_t kProcesses = 3;

struct World {
  std::array<Key, 2> keys;  // of two tenants
  std::array<Process, kProcesses> processes;
  Flying flying;
  Bounds left;
};

struct Packed {
  std::uint64_t processes = 0, rest = 0;
  friend bool operator==(const Packed&, const Packed&) = default;
};

// Without what does not count where a process stands.
Process relevant(const Process& process);
// The same for worlds that differ in the order of their processes alone.
Packed pack(const World& world);
World unpack(const Packed& packed, const Bounds& bounds);

// 8 bits.
std::size_t index_of(const View& view);
View view_at(std::size_t index);

}  // namespace explorer
