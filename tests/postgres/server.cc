#include "server.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

namespace cpp_lite::postgres {
namespace {

// Where the newest server's programs are; empty: nowhere.
std::string programs() {
  std::string newest;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    const std::string folder = (entry.path() / "bin").string();
    if (std::filesystem::exists(folder + "/initdb") && folder > newest) newest = folder;
  }
  return newest;
}

// The server refuses to be run by root.
const passwd* other_user() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

int wait_for(pid_t pid) {
  int status = -1;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

std::string TestServer::missing() {
  return programs().empty() ? "PostgreSQL's server is not installed (postgresql)" : "";
}

TestServer& TestServer::instance() {
  static TestServer server;
  return server;
}

TestServer::TestServer() {
  // In memory, where there is such a place: what is tested is not the disk.
  const bool in_memory = std::filesystem::exists("/dev/shm");
  std::string name = in_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string();
  name += "/cpp-lite-postgres-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) return;
  folder_ = name;
  const passwd* const user = other_user();
  if (user != nullptr && chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) return;
  if (wait_for(run({programs() + "/initdb", "-D", folder_ + "/data", "-A", "trust", "-U",
                    "postgres", "-E", "UTF8", "--locale=C", "--no-sync"})) == 0) {
    start();
  }
}

TestServer::~TestServer() {
  stop();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string TestServer::where() const {
  return "host=" + folder_ + " user=postgres dbname=postgres";
}

pid_t TestServer::run(const std::vector<std::string>& command) const {
  const passwd* const user = other_user();
  const pid_t parent = getpid();
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const std::string log = folder_ + "/log";
  const pid_t child = fork();
  if (child != 0) return child;
  if (user != nullptr &&
      (setgid(user->pw_gid) != 0 || setgroups(0, nullptr) != 0 || setuid(user->pw_uid) != 0)) {
    _exit(126);
  }
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (getppid() != parent || chdir(folder_.c_str()) != 0) _exit(126);
  const int file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  dup2(file, 1);
  dup2(file, 2);
  execv(words[0], words.data());
  _exit(127);
}

void TestServer::start() {
  if (pid_ > 0) return;
  pid_ = run({programs() + "/postgres", "-D", folder_ + "/data", "-k", folder_, "-h", "", "-c",
              "max_connections=120", "-c", "shared_buffers=16MB", "-c", "autovacuum=off"});
  constexpr int kTries = 3000;
  for (int i = 0; i < kTries && PQping(where().c_str()) != PQPING_OK; ++i) poll(nullptr, 0, 10);
}

void TestServer::stop() {
  if (pid_ <= 0) return;
  kill(pid_, SIGINT);
  wait_for(pid_);
  pid_ = 0;
}

Sql::Sql(const std::string& where) : handle_(PQconnectdb(where.c_str())) {
  PQsetNoticeProcessor(
      handle_, [](void*, const char*) {}, nullptr);
}

bool Sql::run(const std::string& sql) {
  PGresult* const result = PQexec(handle_, sql.c_str());
  const ExecStatusType kind = PQresultStatus(result);
  PQclear(result);
  return kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK;
}

std::int64_t Sql::number(const std::string& sql) {
  PGresult* const result = PQexec(handle_, sql.c_str());
  std::int64_t number = -1;
  if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0) {
    number = std::strtoll(PQgetvalue(result, 0, 0), nullptr, 10);
  }
  PQclear(result);
  return number;
}

}  // namespace cpp_lite::postgres
