// A served connection whose handlers wait for the one thread of a pool.
#pragma once

#include <memory>
#include <semaphore>

#include "server/served.h"

namespace cpp_lite::server {

using namespace std::chrono_literals;

// One thread, and room for two calls that wait.
class Queued : public Served {
 protected:
  void SetUp() override {
    run_on = RunOn::threads;
    config.pool = std::make_shared<io::ThreadPool>(1, 2);
    config.overload = std::make_unique<Overload>([] { return 0.5; });
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      begun.release();
      gate.acquire();
      call.respond(outgoing("done"));
      return Status();
    };
  }
  void TearDown() override {
    gate.release(100);
    config.pool->stop();
    Served::TearDown();
  }

  // A call whose handler holds the thread until let_go().
  std::shared_ptr<Answer> occupy(Headers more = {}) {
    auto answer = call("/test.Bytes/Unary", "first", std::move(more));
    begun.acquire();
    return answer;
  }
  // The thread finishes what it runs and all that waits.
  void let_go() {
    gate.release(100);
    std::binary_semaphore idle(0);
    config.pool->submit([&] { idle.release(); });
    idle.acquire();
    turn();
  }
  std::shared_ptr<Answer> wait_in_line(Headers more = {}) {
    return call("/test.Bytes/Unary", "waits", std::move(more));
  }

  int runs = 0;  // of the pool's one thread; read when it is idle or held
  std::counting_semaphore<> begun{0}, gate{0};
};

}  // namespace cpp_lite::server
