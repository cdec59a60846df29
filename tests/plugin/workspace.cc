#include "workspace.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace cpp_lite::plugin {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

int wait_for(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Workspace::Workspace() {
  std::string name = (std::filesystem::temp_directory_path() / "cpp-lite-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Workspace::~Workspace() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void Workspace::write(const std::string& name, std::string_view text) const {
  std::filesystem::create_directories((path_ / name).parent_path());
  std::ofstream(path_ / name, std::ios::binary) << text;
}

std::string Workspace::read(const std::string& name) const { return read_file(path_ / name); }

Outcome Workspace::run(const Strings& command, std::string_view input) const {
  write(".stdin", input);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, path_.c_str());
  constexpr int kCreate = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, ".stdin", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, ".stdout", kCreate, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, ".stderr", kCreate, 0600);
  Strings copy = command;
  std::vector<char*> argv;
  for (std::string& argument : copy) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const int error = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot run " + command.front());
  const int exit_code = wait_for(child);
  return {exit_code, read(".stdout"), read(".stderr")};
}

Outcome Workspace::generate(const Strings& protos, const Strings& more,
                            const std::string& out) const {
  std::filesystem::create_directories(path_ / out);
  Strings command = {protoc_path(), "-I.", "-I" + options_dir(),
                     "--plugin=protoc-gen-cpp-lite=" + plugin_path(), "--cpp-lite_out=" + out};
  command.insert(command.end(), more.begin(), more.end());
  command.insert(command.end(), protos.begin(), protos.end());
  return run(command);
}

std::string plugin_path() { return CPP_LITE_TEST_PLUGIN; }
std::string protoc_path() { return CPP_LITE_TEST_PROTOC; }
std::string options_dir() { return CPP_LITE_TEST_OPTIONS_DIR; }
std::string options_pb_dir() { return CPP_LITE_TEST_OPTIONS_PB_DIR; }
std::string runtime_include() { return CPP_LITE_TEST_RUNTIME_INCLUDE; }

}  // namespace cpp_lite::plugin
