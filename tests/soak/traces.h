// What outlives the processes of a soak beside the store: effects, and what clients heard.
#pragma once

#include <map>
#include <set>
#include <string>

#include "soak/worker.h"

namespace soak {

// Outside of the store. A downstream service remembers the `name` that it is called with, and does
// nothing twice for it.
void take_effect(const Plan& plan, int key, const std::string& name);
// By a client.
void acknowledge(const Plan& plan, int key, const std::string& answer);

// How often each key took effect, those in the store's database included.
std::map<int, int> read_effects(const Plan& plan);
struct Acknowledged {
  std::map<int, std::set<std::string>> answers;  // in hexadecimal digits
  int count = 0;
};
Acknowledged read_acknowledged(const Plan& plan);
std::string hex(const std::string& bytes);

}  // namespace soak
