#include "chaos/server.h"

#include <cpp_lite/async.h>
#include <cpp_lite/server.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>

#include "chaos.lite.h"

namespace chaos {
namespace {

using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using v1::Answer;
using v1::Question;

// How long each call takes, so that some are under way whenever something happens.
constexpr std::chrono::milliseconds kWork{50};

class Handler final : public v1::Chaos::Handler {
 public:
  Handler(cpp_lite::Server& server, int effects) : server_(server), effects_(effects) {}

  Future<Result<Answer>> Look(ServerContext&, Question) override { return work(); }
  Future<Result<Answer>> LookSoon(ServerContext&, Question) override { return work(); }
  Future<Result<Answer>> Change(ServerContext&, Question question) override {
    const std::string line = question.key() + '\n';
    if (write(effects_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      return Status(cpp_lite::Code::internal, "the effect cannot be written");
    }
    return work();
  }

 private:
  Future<Result<Answer>> work() {
    co_await cpp_lite::sleep(server_.loop(0), kWork);
    co_return Answer();
  }

  cpp_lite::Server& server_;
  const int effects_;
};

}  // namespace

int serve(int port, const std::string& effects) {
  const int file = open(effects.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return 2;
  cpp_lite::Server server;
  Handler handler(server, file);
  server.add(handler).stop_on(SIGTERM);
  if (Status status = server.listen("127.0.0.1:" + std::to_string(port)); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.to_string().c_str());
    return 2;
  }
  std::printf("listening on 127.0.0.1:%d\n", server.port());
  std::fflush(stdout);
  server.run();
  return 0;
}

}  // namespace chaos
