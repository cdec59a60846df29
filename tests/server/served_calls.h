// Handlers of all four kinds behind a served connection.
#pragma once

#include <cpp_lite/async.h>

#include <optional>
#include <string>

#include "server/served.h"

namespace cpp_lite::server {

using namespace std::chrono_literals;

class ServedCalls : public Served {
 protected:
  void SetUp() override {
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      call.respond(outgoing("re: " + text(call.context().request_bytes())));
      return Status();
    };
    service.collect = [this](detail::ServedCall& call) { return collect(call); };
    service.spread = [this](detail::ServedCall& call) { return spread(call); };
    service.chat = [this](detail::ServedCall& call) { return chat(call); };
    connect();
  }

  Future<Status> collect(detail::ServedCall& call) {
    std::string all;
    while (auto message = co_await call.read()) all += text(*message) + ";";
    was_cancelled = bool(call.context().cancelled());
    call.respond(outgoing(all));
    co_return Status();
  }
  Future<Status> spread(detail::ServedCall& call) {
    const std::string word = text(call.context().request_bytes());
    for (int i = 0; i < 3; ++i) {
      if (!co_await call.write(outgoing(word + std::to_string(i))))
        co_return Status(Code::aborted, "");
    }
    co_return Status();
  }
  Future<Status> chat(detail::ServedCall& call) {
    while (auto message = co_await call.read()) {
      if (!co_await call.write(outgoing("re: " + text(*message)))) break;
      ++writes;
    }
    was_cancelled = bool(call.context().cancelled());
    ended = true;
    co_return Status();
  }
  // A unary handler that stays suspended until `gate` opens.
  void suspend_unary() {
    service.unary = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      gate.emplace(loop);
      co_await gate->future();
      was_cancelled = bool(call.context().cancelled());
      call.respond(outgoing("late"));
      ended = true;
      co_return Status();
    };
  }

  int runs = 0, writes = 0;
  bool was_cancelled = false, ended = false;
  std::optional<detail::Promise<void>> gate;
};

}  // namespace cpp_lite::server
