#include "soak/traces.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "soak/database.h"

namespace soak {
namespace {

constexpr const char* kDownstream = "downstream-";  // and the key's number, and the name

// One line, whole or not at all, however the process ends.
void append(const std::string& file, const std::string& line) {
  const int handle = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string bytes = line + "\n";
  (void)!write(handle, bytes.data(), bytes.size());
  close(handle);
}

}  // namespace

void take_effect(const Plan& plan, int key, const std::string& name) {
  if (mode_of(key) == Mode::external) {
    return append(plan.folder + "/effects", std::to_string(key));
  }
  const std::string file = plan.folder + "/" + kDownstream + std::to_string(key) + "-" + hex(name);
  close(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

void acknowledge(const Plan& plan, int key, const std::string& answer) {
  append(plan.folder + "/acknowledged", std::to_string(key) + " " + hex(answer));
  plan.progress->heard(key);
}

std::map<int, int> read_effects(const Plan& plan) {
  std::map<int, int> effects = count_effects(plan.where);
  std::ifstream file(plan.folder + "/effects");
  for (int key = 0; file >> key;) ++effects[key];
  for (const auto& entry : std::filesystem::directory_iterator(plan.folder)) {
    const std::string name = entry.path().filename().string();
    const std::string start = kDownstream;
    if (name.starts_with(start)) ++effects[std::atoi(name.c_str() + start.size())];
  }
  return effects;
}

Acknowledged read_acknowledged(const Plan& plan) {
  Acknowledged read;
  std::ifstream file(plan.folder + "/acknowledged");
  int key = 0;
  std::string answer;
  for (; file >> key >> answer; ++read.count) read.answers[key].insert(answer);
  return read;
}

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

}  // namespace soak
