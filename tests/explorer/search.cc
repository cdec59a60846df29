#include "explorer/search.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace explorer {
namespace {

// The states that are known, in the order in which they were found. Finds by open addressing.
class States {
 public:
  States() : slots_(1 << 12, 0) {}

  std::size_t size() const { return all_.size(); }
  const Packed& operator[](std::size_t i) const { return all_[i]; }
  std::size_t parent(std::size_t i) const { return parents_[i]; }

  void add(const Packed& state, std::size_t parent) {
    if (2 * all_.size() >= slots_.size()) grow();
    std::uint32_t& slot = slots_[place_of(state)];
    if (slot != 0) return;
    all_.push_back(state);
    parents_.push_back(static_cast<std::uint32_t>(parent));
    slot = static_cast<std::uint32_t>(all_.size());
  }

 private:
  static std::uint64_t hash(const Packed& state) {
    std::uint64_t h = state.processes * 0x9e3779b97f4a7c15U;
    h ^= h >> 32;
    h = (h + state.rest) * 0xd6e8feb86659fd93U;
    return h ^ (h >> 32);
  }
  // Of this state, or a free one.
  std::size_t place_of(const Packed& state) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t i = hash(state) & mask;
    while (slots_[i] != 0 && all_[slots_[i] - 1] != state) i = (i + 1) & mask;
    return i;
  }
  void grow() {
    slots_.assign(2 * slots_.size(), 0);
    for (std::size_t i = 0; i < all_.size(); ++i) {
      slots_[place_of(all_[i])] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<Packed> all_;
  std::vector<std::uint32_t> parents_;
  std::vector<std::uint32_t> slots_;  // index into all_ + 1; a power of two of them
};

std::string line_of(const Next& next) {
  std::string line = "  ";
  if (next.process >= 0) line += "process " + std::to_string(next.process + 1) + " ";
  line += next.what;
  if (next.broken != 0) line += "   <- breaks " + names_of(next.broken);
  return line + "\n";
}

// The way there once more, with processes that keep their places: in the states they have none.
std::string way_to(const Model& model, const States& states, std::size_t to, Invariants broken) {
  std::vector<std::size_t> way;
  for (std::size_t at = to; at != 0; at = states.parent(at)) way.push_back(at);
  std::string text;
  std::vector<Next> nexts;
  World world = model.start();
  for (auto at = way.rbegin(); at != way.rend(); ++at) {
    model.successors(world, nexts);
    const auto step = std::find_if(nexts.begin(), nexts.end(), [&](const Next& next) {
      return pack(next.world) == states[*at];
    });
    text += line_of(*step);
    world = step->world;
    for (Process& process : world.processes) process = relevant(process);
  }
  model.successors(world, nexts);
  const auto last = std::find_if(nexts.begin(), nexts.end(),
                                 [&](const Next& next) { return (next.broken & broken) != 0; });
  return text + line_of(*last);
}

}  // namespace

std::string names_of(Invariants invariants) {
  std::string names;
  for (unsigned i = 1; i <= 13; ++i) {
    if ((invariants & I(i)) != 0) names += (names.empty() ? "I" : " I") + std::to_string(i);
  }
  return names;
}

Found explore(const Model& model, Invariants looked_for, std::size_t most) {
  Found found;
  States states;
  states.add(pack(model.start()), 0);
  std::vector<Next> nexts;
  for (std::size_t at = 0; at < states.size() && states.size() < most; ++at) {
    model.successors(unpack(states[at], model.bounds()), nexts);
    found.steps += nexts.size();
    for (const Next& next : nexts) {
      if ((next.broken & looked_for) != 0) {
        found.states = states.size();
        found.broken = next.broken & looked_for;
        found.trace = way_to(model, states, at, looked_for);
        return found;
      }
      states.add(pack(next.world), at);
    }
  }
  found.states = states.size();
  found.complete = states.size() < most;
  return found;
}

}  // namespace explorer
