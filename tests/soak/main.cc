// store_soak sqlite|postgresql [--servers|--unfenced] [--seconds=N] [--keys=N]: eight processes
// execute keys on one store, with handlers that outlive their leases, and one after the other is
// killed (SIGKILL), until each key has been answered several times or is known to be unknown. With
// --servers they are servers with clients, and some are stopped for longer than a lease, instead;
// without, they use the store's operations themselves. Then what took effect, what clients heard,
// and what the store knows are compared. Exit code 0: nothing took effect twice, no two answers
// differ, no acknowledged answer is lost; 1: something is wrong; 2: it could not be run.
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <new>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "postgres/server.h"
#include "soak/database.h"
#include "soak/traces.h"
#include "soak/worker.h"

namespace {

using namespace cpp_lite::idempotency;  // NOLINT: the vocabulary of the whole file

constexpr int kWorkers = 8;
constexpr int kLeastKills = 40;
constexpr int kPatience = 6;  // times the plan's time

// In a process of its own, without threads of this one.
pid_t start_worker(const soak::Plan& plan, std::uint32_t seed) {
  const pid_t child = fork();
  if (child != 0) return child;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  plan.servers ? soak::serve(plan, seed) : soak::work(plan, seed);
  _exit(0);
}

bool is_over(const soak::Plan& plan, int kills) {
  const std::int64_t passed = soak::now_ms() - plan.start_ms;
  if (passed < plan.duration_ms) return false;
  const bool all_ended = plan.progress->first_open(plan.keys) == plan.keys;
  return plan.unfenced || (all_ended && kills >= kLeastKills) ||
         passed >= kPatience * plan.duration_ms;
}

// Its claims are taken over; then it goes on as if nothing had happened.
void stop_for_a_while(pid_t worker) {
  kill(worker, SIGSTOP);
  std::this_thread::sleep_for(2 * soak::kLease);
  kill(worker, SIGCONT);
}

// How many were killed, until all is over.
int kill_again_and_again(const soak::Plan& plan) {
  std::minstd_rand random(1);
  std::uint32_t seed = 0;
  std::vector<pid_t> workers;
  for (int i = 0; i < kWorkers; ++i) workers.push_back(start_worker(plan, ++seed));
  int kills = 0;
  while (!is_over(plan, kills)) {
    std::this_thread::sleep_for(Milliseconds(50 + random() % 300));
    pid_t& doomed = workers[random() % kWorkers];
    if (plan.servers && random() % 3 == 0) {
      stop_for_a_while(doomed);
      continue;
    }
    kill(doomed, SIGKILL);
    int status = 0;
    waitpid(doomed, &status, 0);
    kills += WIFSIGNALED(status) ? 1 : 0;
    doomed = start_worker(plan, ++seed);
  }
  plan.progress->stop();
  for (const pid_t worker : workers) waitpid(worker, nullptr, 0);
  return kills;
}

struct Findings {
  int executed = 0, unknown = 0;
  int duplicate_effects = 0, differing = 0, lost = 0, without_effect = 0;
  bool fine() const { return duplicate_effects + differing + lost + without_effect == 0; }
};

// All records, by their keys.
std::map<std::string, Entry> records(soak::Store& store) {
  std::map<std::string, Entry> all;
  for (std::optional<Id> after;;) {
    const auto page = store.list(std::nullopt, after, 100).get();
    if (!page.ok() || page->empty()) return all;
    for (const Entry& entry : *page) all[entry.label.key] = entry;
    after = page->back().id;
  }
}

Findings examine(const soak::Plan& plan, const soak::Acknowledged& heard) {
  Findings found;
  auto effects = soak::read_effects(plan);
  const auto known = records(*soak::open_store(plan.where));
  for (int key = 0; key < plan.keys; ++key) {
    const auto record = known.find(soak::name_of(key));
    const State state = record == known.end() ? State::in_progress : record->second.state;
    const bool answered = state == State::completed;
    found.unknown += state == State::indeterminate ? 1 : 0;
    found.executed += answered ? 1 : 0;
    found.duplicate_effects += effects[key] > 1 ? 1 : 0;
    found.without_effect += answered && effects[key] == 0 ? 1 : 0;
    const auto answers = heard.answers.find(key);
    if (answers == heard.answers.end()) continue;
    found.differing += answers->second.size() > 1 ? 1 : 0;
    const auto body = answered ? record->second.result->body : std::vector<std::uint8_t>();
    const bool kept = answered && answers->second.contains(soak::hex({body.begin(), body.end()}));
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
  void* const shared = mmap(nullptr, sizeof(soak::Progress), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  plan.progress = new (shared) soak::Progress;
  plan.start_ms = soak::now_ms();
  const int kills = kill_again_and_again(plan);
  const soak::Acknowledged heard = soak::read_acknowledged(plan);
  const Findings found = examine(plan, heard);
  std::printf("%s%s%s: %d kills, %d keys, %.1f s\n", kind.c_str(), plan.servers ? ", servers" : "",
              plan.unfenced ? ", unfenced" : "", kills, plan.keys,
              static_cast<double>(soak::now_ms() - plan.start_ms) / 1000);
  std::printf("  executed %d, unknown %d, acknowledgements %d\n", found.executed, found.unknown,
              heard.count);
  std::printf(
      "  duplicate effects %d, differing answers %d, lost acknowledged answers %d,"
      " answers without an effect %d\n",
      found.duplicate_effects, found.differing, found.lost, found.without_effect);
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
  const int left = plan.keys - found.executed - found.unknown;
  const bool tried = plan.unfenced || (kills >= kLeastKills && left == 0);
  if (!tried) std::printf("  too few kills, or keys (%d) without an end: run it longer\n", left);
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
    } else if (word == "--servers") {
      plan.servers = true;
    } else if (word == "--unfenced") {
      plan.unfenced = true;
    } else {
      kind = word;
    }
  }
  if ((kind != "sqlite" && kind != "postgresql") || plan.keys < 1 ||
      plan.keys > soak::Progress::kMostKeys || (plan.servers && plan.unfenced)) {
    std::fprintf(stderr,
                 "usage: store_soak sqlite|postgresql [--servers|--unfenced] [--seconds=N]"
                 " [--keys=N]\n");
    return 2;
  }
  if (kind == "postgresql" && !cpp_lite::postgres::TestServer::missing().empty()) {
    std::fprintf(stderr, "%s\n", cpp_lite::postgres::TestServer::missing().c_str());
    return 2;
  }
  return run(plan, kind);
}
