// What the moves of processes are written with.
#pragma once

#include <cstddef>

#include "explorer/model.h"

namespace explorer {

inline Next from(const World& world, int process, const char* what) {
  return {world, 0, what, process};
}

inline Process& actor(Next& next) {
  return next.world.processes[static_cast<std::size_t>(next.process)];
}
inline const Process& actor(const World& world, int process) {
  return world.processes[static_cast<std::size_t>(process)];
}
inline Key& key_of(Next& next) { return next.world.keys[actor(next).tenant]; }

}  // namespace explorer
