#include "explorer/world.h"

#include <algorithm>

namespace explorer {

namespace {

class Writer {
 public:
  template <typename T>
  Writer& put(T value, unsigned width) {
    bits_ |= static_cast<std::uint64_t>(value) << at_;
    at_ += width;
    return *this;
  }
  std::uint64_t bits() const { return bits_; }

 private:
  std::uint64_t bits_ = 0;
  unsigned at_ = 0;
};

class Reader {
 public:
  explicit Reader(std::uint64_t bits) : bits_(bits) {}
  template <typename T>
  Reader& take(T& value, unsigned width) {
    value = static_cast<T>(bits_ & ((std::uint64_t{1} << width) - 1));
    bits_ >>= width;
    return *this;
  }

 private:
  std::uint64_t bits_;
};

constexpr unsigned kProcessBits = 20;

std::uint64_t word_of(const Process& process) {
  const Process p = relevant(process);
  Writer to;
  to.put(p.pc, 4).put(p.mine, 1).put(p.prev_mine, 1).put(p.prev_flies, 1).put(p.pend_mine, 1);
  to.put(p.pend_flies, 1).put(p.later, 1).put(p.other, 1).put(p.tenant, 1).put(p.effect, 1);
  to.put(p.acted, 1).put(p.late, 1).put(p.old, 1).put(p.error, 1).put(p.waiters, 2);
  return to.bits();
}

Process process_of(std::uint64_t word) {
  Process p;
  Reader from(word);
  from.take(p.pc, 4).take(p.mine, 1).take(p.prev_mine, 1).take(p.prev_flies, 1);
  from.take(p.pend_mine, 1).take(p.pend_flies, 1).take(p.later, 1).take(p.other, 1);
  from.take(p.tenant, 1).take(p.effect, 1).take(p.acted, 1).take(p.late, 1).take(p.old, 1);
  from.take(p.error, 1).take(p.waiters, 2);
  return p;
}

void put_key(Writer& to, const Key& key) {
  to.put(index_of(key.record), 8).put(key.downstream, 2).put(key.effects, 2);
  to.put(key.ran, 1).put(key.delivered, 1);
}

void take_key(Reader& from, Key& key) {
  std::size_t record = 0;
  from.take(record, 8).take(key.downstream, 2).take(key.effects, 2);
  from.take(key.ran, 1).take(key.delivered, 1);
  key.record = view_at(record);
}

std::uint64_t rest_of(const World& world) {
  Writer to;
  put_key(to, world.keys[0]);
  put_key(to, world.keys[1]);
  const Flying& f = world.flying;
  to.put(f.op, 3).put(f.mine, 1).put(f.other, 1).put(f.error, 1).put(f.tenant, 1);
  const Bounds& left = world.left;
  to.put(left.requests, 3).put(left.strangers, 1).put(left.crashes, 2).put(left.expiries, 3);
  to.put(left.lost, 2).put(left.ttls, 2).put(left.forgets, 1).put(left.resolves, 1);
  return to.bits();
}

}  // namespace

Process relevant(const Process& process) {
  Process kept;
  kept.pend_mine = process.pend_mine;
  kept.pend_flies = process.pend_flies;
  if (process.pc == Pc::idle) return kept;
  kept.pc = process.pc;
  kept.other = process.other;
  kept.tenant = process.tenant;
  kept.acted = process.acted;
  kept.waiters = process.waiters;
  if (process.pc == Pc::ask) {
    kept.prev_mine = process.prev_mine;
    kept.prev_flies = process.prev_flies;
  }
  if (process.pc == Pc::ask || process.pc == Pc::poll || process.pc == Pc::fence_lost) return kept;
  kept.mine = process.mine;
  kept.old = process.old;
  if (process.pc == Pc::respond || process.pc == Pc::completing) kept.error = process.error;
  if (process.pc == Pc::respond) return kept;
  if (process.pc > Pc::completing) return kept;
  kept.late = process.late;
  kept.effect = process.effect;
  if (process.pc != Pc::completing) kept.later = process.later;
  return kept;
}

Packed pack(const World& world) {
  std::array<std::uint64_t, kProcesses> words{};
  std::transform(world.processes.begin(), world.processes.end(), words.begin(), word_of);
  std::sort(words.begin(), words.end());
  Writer to;
  for (const std::uint64_t word : words) to.put(word, kProcessBits);
  return {to.bits(), rest_of(world)};
}

World unpack(const Packed& packed, const Bounds& bounds) {
  World world;
  Reader words(packed.processes);
  for (Process& process : world.processes) {
    std::uint64_t word = 0;
    words.take(word, kProcessBits);
    process = process_of(word);
  }
  Reader from(packed.rest);
  take_key(from, world.keys[0]);
  take_key(from, world.keys[1]);
  Flying& f = world.flying;
  from.take(f.op, 3).take(f.mine, 1).take(f.other, 1).take(f.error, 1).take(f.tenant, 1);
  Bounds& left = world.left;
  left = bounds;
  from.take(left.requests, 3).take(left.strangers, 1).take(left.crashes, 2);
  from.take(left.expiries, 3).take(left.lost, 2).take(left.ttls, 2).take(left.forgets, 1);
  from.take(left.resolves, 1);
  return world;
}

std::size_t index_of(const View& view) {
  if (!view.present) return 0;
  Writer to;
  to.put(view.state, 2).put(view.later, 1).put(view.lease, 1).put(view.window, 1);
  to.put(view.ttl_over, 1).put(view.other, 1).put(view.error, 1);
  return to.bits();
}

View view_at(std::size_t index) {
  View view;
  view.present = (index & 3) != 0;  // no state is 0
  if (!view.present) return view;
  Reader from(index);
  from.take(view.state, 2).take(view.later, 1).take(view.lease, 1).take(view.window, 1);
  from.take(view.ttl_over, 1).take(view.other, 1).take(view.error, 1);
  return view;
}

}  // namespace explorer
