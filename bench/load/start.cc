// bench_start [--reps=N] --until=answered|exit|served COMMAND...: milliseconds from before the
// start of a process to
//   answered   the first line that it prints
//   exit       its end
//   served     the answer to a first call; the line says where it listens, and then it is ended
// The median and the range of all, as one line of JSON.
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "load/load.h"

namespace {

using Clock = std::chrono::steady_clock;

pid_t running = 0;  // what was started and has not ended

[[noreturn]] void give_up(const std::string& why) {
  if (running != 0) kill(running, SIGKILL);
  std::fprintf(stderr, "bench_start: %s\n", why.c_str());
  std::exit(1);
}

struct Child {
  pid_t pid = 0;
  int output = -1;
};

Child spawn(char** command) {
  int pipes[2];
  if (pipe(pipes) != 0) give_up("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
  posix_spawn_file_actions_addclose(&actions, pipes[0]);
  posix_spawn_file_actions_addclose(&actions, pipes[1]);
  Child child{0, pipes[0]};
  if (posix_spawnp(&child.pid, command[0], &actions, nullptr, command, environ) != 0) {
    give_up(std::string("cannot start ") + command[0]);
  }
  running = child.pid;
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  return child;
}

std::string line_of(int output) {
  std::string line;
  char next = 0;
  while (read(output, &next, 1) == 1 && next != '\n') line += next;
  return line;
}

void call(const std::string& line) {
  const std::size_t colon = line.rfind(':');
  if (colon == line.npos) give_up("it does not say where it listens: " + line);
  bench::LoadOptions options;
  options.port = std::atoi(line.c_str() + colon + 1);
  options.calls = 1;
  bench::Load load(options, bench::charge_card());
  if (!load.connect() || !load.run()) give_up(load.failure());
}

double milliseconds_of(std::string_view until, char** command) {
  const auto began = Clock::now();
  const auto elapsed = [began] {
    return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
  };
  const Child child = spawn(command);
  double took = 0;
  int status = 0;
  const std::string line = line_of(child.output);
  if (until == "served") {
    call(line);
    took = elapsed();
    kill(child.pid, SIGTERM);
  } else {
    took = elapsed();
  }
  waitpid(child.pid, &status, 0);
  running = 0;
  if (until == "exit") took = elapsed();
  close(child.output);
  if (line.empty() || status != 0) give_up(std::string(command[0]) + " failed");
  return took;
}

}  // namespace

int main(int argc, char** argv) {
  int reps = 20, at = 1;
  std::string_view until = "exit";
  for (; at < argc && std::string_view(argv[at]).starts_with("--"); ++at) {
    const std::string_view flag = argv[at];
    if (flag.starts_with("--reps=")) reps = std::max(1, std::atoi(argv[at] + 7));
    if (flag.starts_with("--until=")) until = flag.substr(8);
  }
  if (at >= argc) give_up("start what?");
  std::vector<double> times;
  for (int i = 0; i < reps; ++i) times.push_back(milliseconds_of(until, argv + at));
  std::sort(times.begin(), times.end());
  std::printf("{\"ms\": %.3f, \"least\": %.3f, \"most\": %.3f}\n", times[times.size() / 2],
              times.front(), times.back());
}
