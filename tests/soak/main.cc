// store_soak sqlite|postgresql [--seconds=N] [--keys=N] [--unfenced]: eight processes execute keys
// on one store, with handlers that outlive their leases, and one after the other is killed
// (SIGKILL). Then it compares what took effect, what clients heard, and what the store knows. Exit
// code 0: nothing took effect twice, no two answers differ, no acknowledged answer is lost; 1:
// something is wrong; 2: it could not be run.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "postgres/server.h"
#include "soak/database.h"
#include "soak/worker.h"

namespace {

using namespace cpp_lite::idempotency;  // NOLINT: the vocabulary of the whole file

constexpr int kWorkers = 8;
constexpr int kLeastKills = 40;

// In a process of its own, without threads of this one.
pid_t start_worker(const soak::Plan& plan, std::uint32_t seed) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  soak::work(plan, seed);
  _exit(0);
}

// How many were killed, until the plan's time is over.
int kill_again_and_again(const soak::Plan& plan) {
  std::minstd_rand random(1);
  std::uint32_t seed = 0;
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(start_worker(plan, ++seed));
  int kills = 0;
  while (soak::now_ms() + 500 < plan.start_ms + plan.duration_ms) {
    std::this_thread::sleep_for(Milliseconds(50 + random() % 300));
    pid_t& doomed = workers[random() % kWorkers];
    kill(doomed, SIGKILL);
    int status = 0;
    waitpid(doomed, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    doomed = start_worker(plan, ++seed);
  }
  for (const pid_t worker : workers) waitpid(worker, nullptr, 0);
  return kills;
}

std::map<int, std::set<std::string>> read_acknowledged(const std::string& folder, int& count) {
  std::map<int, std::set<std::string>> answers;
  std::ifstream file(folder + "/acknowledged");
  int key = 0;
  std::string answer;
  for (count = 0; file >> key >> answer; ++count) answers[key].insert(answer);
  return answers;
}

std::map<int, int> read_effects(const soak::Plan& plan) {
  std::map<int, int> effects = soak::count_effects(plan.where);
  std::ifstream file(plan.folder + "/effects");
  for (int key = 0; file >> key;) ++effects[key];
  for (int key = 0; key < plan.keys; ++key) {
    if (std::filesystem::exists(soak::downstream_file(plan, key))) ++effects[key];
  }
  return effects;
}

std::string hex(const std::vector<std::uint8_t>& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    text += "0123456789abcdef"[byte >> 4U];
    text += "0123456789abcdef"[byte & 15U];
  }
  return text;
}

struct Findings {
  int executed = 0, unknown = 0, duplicate_effects = 0, differing = 0, lost = 0, without_effect = 0;
  bool fine() const {
    return duplicate_effects + differing + lost + without_effect == 0 && executed > 0;
  }
};

Findings examine(const soak::Plan& plan, int& acknowledgements) {
  Findings found;
  const auto answers = read_acknowledged(plan.folder, acknowledgements);
  auto effects = read_effects(plan);
  const auto store = soak::open_store(plan.where);
  for (int key = 0; key < plan.keys; ++key) {
    const auto known = store->lookup(soak::id_of(key), {}).get();
    const Replay* replay = known.ok() ? std::get_if<Replay>(&*known) : nullptr;
    found.unknown += known.ok() && std::holds_alternative<Indeterminate>(*known) ? 1 : 0;
    found.executed += replay != nullptr ? 1 : 0;
    found.duplicate_effects += effects[key] > 1 ? 1 : 0;
    found.without_effect += replay != nullptr && effects[key] == 0 ? 1 : 0;
    const auto heard = answers.find(key);
    if (heard == answers.end()) continue;
    found.differing += heard->second.size() > 1 ? 1 : 0;
    const bool kept = replay != nullptr && heard->second.contains(hex(replay->result.body));
    found.lost += kept ? 0 : 1;
  }
  return found;
}

int run(soak::Plan plan, const std::string& kind) {
  std::string folder = (std::filesystem::temp_directory_path() / "cpp-lite-soak-XXXXXX").string();
  if (mkdtemp(folder.data()) == nullptr) return 2;
  plan.folder = folder;
  plan.where = kind == "sqlite" ? "sqlite:" + folder + "/store.db"
                                : cpp_lite::postgres::TestServer::instance().where();
  (void)soak::open_store(plan.where)->check();
  plan.start_ms = soak::now_ms();
  const int kills = kill_again_and_again(plan);
  int acknowledgements = 0;
  const Findings found = examine(plan, acknowledgements);
  std::printf("%s%s: %d kills, %d keys\n", kind.c_str(), plan.unfenced ? ", unfenced" : "", kills,
              plan.keys);
  std::printf("  executed %d, unknown %d, acknowledgements %d\n", found.executed, found.unknown,
              acknowledgements);
  std::printf(
      "  duplicate effects %d, differing answers %d, lost acknowledged answers %d,"
      " answers without an effect %d\n",
      found.duplicate_effects, found.differing, found.lost, found.without_effect);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const bool tried = plan.unfenced || kills >= kLeastKills;
  if (!tried) std::printf("  too few kills: it has to run for longer\n");
  return found.fine() && tried ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  soak::Plan plan;
  std::string kind;
  for (const char* argument : std::span(argv + 1, static_cast<std::size_t>(argc - 1))) {
    const std::string word = argument;
    if (word.starts_with("--seconds=")) {
      plan.duration_ms = 1000 * std::atoll(word.c_str() + 10);
    } else if (word.starts_with("--keys=")) {
      plan.keys = std::atoi(word.c_str() + 7);
    } else if (word == "--unfenced") {
      plan.unfenced = true;
    } else {
      kind = word;
    }
  }
  if (kind != "sqlite" && kind != "postgresql") {
    std::fprintf(stderr, "usage: store_soak sqlite|postgresql [--seconds=N] [--keys=N]\n");
    return 2;
  }
  if (kind == "postgresql" && !cpp_lite::postgres::TestServer::missing().empty()) {
    std::fprintf(stderr, "%s\n", cpp_lite::postgres::TestServer::missing().c_str());
    return 2;
  }
  return run(plan, kind);
}
