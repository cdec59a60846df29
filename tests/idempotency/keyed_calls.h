// A server with one keyed method on a scripted store, in virtual time, seen from its client.
#pragma once

#include <cpp_lite/async.h>
#include <cpp_lite/keyed.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "idempotency/scripted_store.h"
#include "policy/error_info.h"
#include "server/served.h"
#include "wire/rpc_status.h"
#include "wire/trailers.h"

namespace cpp_lite::idempotency {

using namespace std::chrono_literals;
using server::Answer;
using server::outgoing;
using server::text;

constexpr Method kCharge{
    .path = "/test.Keyed/Charge", .safety = Safety::keyed, .key_metadata = "idempotency-key"};

class KeyedService final : public Service {
 public:
  std::function<Future<Status>(detail::ServedCall&)> charge;
  KeyPolicy policy;
  Status (*check)(std::span<const std::uint8_t>) = nullptr;

  std::string_view service_name() const override { return "test.Keyed"; }
  std::span<const Route> routes() override {
    route_ = {&kCharge,
              [](Service& self, detail::ServedCall& call) {
                return static_cast<KeyedService&>(self).charge(call);
              },
              &policy, check};
    return {&route_, 1};
  }

 private:
  Route route_{};
};

class KeyedCalls : public server::Served {
 protected:
  void SetUp() override {
    keyed.policy.max_execution = 30s;
    config.options.anonymous_scope = "test";
    config.options.keyed.observe = [this](const KeyedEvent& event) {
      const bool of_the_store = event.kind == KeyedEvent::Kind::store;
      of_the_store ? latencies.push_back(event.latency) : events.push_back(event.kind);
    };
    keyed.charge = [this](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      attempt = call.context().idempotency().attempt();
      call.respond(outgoing("charged " + text(call.context().request_bytes())));
      return Status();
    };
  }
  // What goes on in the background comes to its end.
  void TearDown() override {
    store->heal();
    store->break_silence();
    loop->advance(30s);
    Served::TearDown();
  }
  // Once, after the policy and the options were changed.
  void serve() {
    config.router.add(keyed, run_on);
    config.keyed = store->serve(store, config.options);
    connect();
  }
  std::shared_ptr<Answer> charge(std::string_view what = "5 EUR",
                                 std::string key = "a-key-of-16-or-more", Headers more = {}) {
    if (!key.empty()) more.emplace_back("idempotency-key", std::move(key));
    return call("/test.Keyed/Charge", what, std::move(more));
  }
  // The handler stays suspended until finish().
  void hold(Status outcome = Status()) {
    keyed.charge = [this, outcome](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      attempt = call.context().idempotency().attempt();
      gates.push_back(std::make_unique<detail::Promise<void>>(loop));
      co_await gates.back()->future();
      was_cancelled = bool(call.context().cancelled());
      caller_gone = call.context().idempotency().client_gone();
      if (outcome.ok()) call.respond(outgoing("charged late"));
      co_return outcome;
    };
  }
  void finish(std::size_t i = 0) {
    gates.at(i)->set();
    turn();
  }
  // The handler answers with this error.
  void fail_with(Status status) {
    keyed.charge = [this, status](detail::ServedCall& call) -> Future<Status> {
      ++runs;
      attempt = call.context().idempotency().attempt();
      return Status(status);
    };
  }

  static bool replayed(const Answer& answer) {
    return answer.header("idempotent-replayed") == "true";
  }
  static std::string body(const Answer& answer) {
    return answer.body.size() < 5 ? "" : answer.body.substr(5);
  }
  static std::vector<StatusDetail> details(const Answer& answer) {
    const auto& block = answer.trailers ? answer.trailers : answer.headers;
    return wire::read_status(*block).raw_details();
  }
  // The reason of the answer's ErrorInfo.
  static std::string reason(const Answer& answer) {
    for (const StatusDetail& detail : details(answer)) {
      return std::string(policy::error_reason(detail));
    }
    return "";
  }
  // The record's execution goes on in another process.
  Record& taken_over(std::chrono::milliseconds lease = 10s) {
    Record& record = store->records.begin()->second;
    record.state = State::in_progress;
    record.token = Token{9};
    record.lease_until = store->now() + lease;
    return record;
  }
  std::size_t told(KeyedEvent::Kind kind) const {
    return static_cast<std::size_t>(std::count(events.begin(), events.end(), kind));
  }

  KeyedService keyed;
  std::shared_ptr<ScriptedStore> store = std::make_shared<ScriptedStore>(loop);
  std::vector<std::unique_ptr<detail::Promise<void>>> gates;
  std::vector<KeyedEvent::Kind> events;
  std::vector<std::chrono::nanoseconds> latencies;  // of the store's operations
  int runs = 0, attempt = 0;
  bool was_cancelled = false, caller_gone = false;
};

}  // namespace cpp_lite::idempotency
