// Walks through every state that a model can reach, breadth first, so that what it finds it finds
// on a shortest way.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "explorer/model.h"

namespace explorer {

struct Found {
  std::size_t states = 0, steps = 0;
  bool complete = false;   // all states were visited
  Invariants broken = 0;   // those looked for that a step broke; the walk ends there
  std::string trace = {};  // the way to it, a line a step
};

// `looked_for`: others may break. `most`: states, of 24 bytes and more each.
Found explore(const Model& model, Invariants looked_for, std::size_t most);

// "I1 I3"
std::string names_of(Invariants invariants);

}  // namespace explorer
