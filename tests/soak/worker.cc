#include "soak/worker.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "soak/database.h"
#include "soak/traces.h"

namespace soak {
namespace {

using namespace cpp_lite::idempotency;  // NOLINT: the vocabulary of the whole file
using namespace std::chrono_literals;

constexpr int kAtOnce = 12;  // keys

Id id_of(int key) {
  Id id{};
  const std::uint32_t scattered = static_cast<std::uint32_t>(key + 1) * 2654435761U;
  for (std::size_t i = 0; i < 4; ++i) {
    id[i] = static_cast<std::uint8_t>(scattered >> (8 * i));
    id[28 + i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(key) >> (8 * i));
  }
  return id;
}

class Worker {
 public:
  Worker(const Plan& plan, std::uint32_t seed)
      : plan_(plan), random_(seed), store_(open_store(plan.where)) {}

  void run() {
    while (!plan_.progress->over()) {
      const int key = next_key(plan_, chance());
      mode_of(key) == Mode::transactional ? run_in_transaction(key) : run_claimed(key);
    }
  }

 private:
  std::uint32_t chance() { return static_cast<std::uint32_t>(random_()); }

  Token fresh_token() {
    Token token{};
    for (auto& byte : token) byte = static_cast<std::uint8_t>(device_());
    return token;
  }
  BeginArgs args_of(int key) {
    BeginArgs args;
    args.id = id_of(key);
    args.token = fresh_token();
    args.lease = kLease;
    args.ttl = 24h;
    args.rerun_until = mode_of(key) == Mode::external ? Milliseconds(0) : Milliseconds::max();
    args.expires = mode_of(key) == Mode::transactional;
    args.label = {"/soak.Soak/Do", "soak", name_of(key)};
    return args;
  }
  // Another one for each execution.
  StoredResult answer_of(const Token& token) {
    StoredResult result;
    result.body.assign(token.begin(), token.end());
    return result;
  }
  void linger(int key) { std::this_thread::sleep_for(some_time(key, chance())); }

  void hear(int key, const StoredResult& result) {
    acknowledge(plan_, key, {result.body.begin(), result.body.end()});
  }
  // What a client hears that does not execute: an answer, or that there is none yet, or never.
  void conclude_unrun(int key, const BeginResult& begun) {
    if (const auto* replay = std::get_if<Replay>(&begun)) return hear(key, replay->result);
    if (std::holds_alternative<Indeterminate>(begun)) plan_.progress->unknown(key);
  }
  void hear_stored(int key) {
    const auto found = store_->lookup(id_of(key), {}).get();
    const Replay* replay = found.ok() ? std::get_if<Replay>(&*found) : nullptr;
    if (replay != nullptr) hear(key, replay->result);
  }
  void conclude(int key, const cpp_lite::Result<CompleteResult>& done, const StoredResult& answer) {
    if (!done.ok()) return;  // nobody is told anything
    if (*done == CompleteResult::completed || plan_.unfenced) return hear(key, answer);
    hear_stored(key);
  }

  void run_in_transaction(int key) {
    const BeginArgs args = args_of(key);
    auto opened = store_->open(args).get();
    if (!opened.ok()) return;
    const std::unique_ptr<Transaction> transaction = *std::move(opened);
    const BeginResult& begun = transaction->begun();
    if (!std::holds_alternative<Acquired>(begun)) return conclude_unrun(key, begun);
    if (!transaction->take()) return;
    if (!add_effect(transaction->kind(), transaction->handle(), key)) return;
    linger(key);
    const StoredResult answer = answer_of(args.token);
    const auto done = transaction->complete(answer, args.ttl, true).get();
    if (!done.ok()) (void)store_->release(args.id, args.token).get();
    conclude(key, done, answer);
  }

  void run_claimed(int key) {
    const BeginArgs args = args_of(key);
    const auto begun = store_->begin(args).get();
    if (!begun.ok()) return;
    if (!std::holds_alternative<Acquired>(*begun)) return conclude_unrun(key, *begun);
    take_effect(plan_, key, "");
    linger(key);
    const StoredResult answer = answer_of(args.token);
    conclude(key, store_->complete(args.id, args.token, answer, args.ttl).get(), answer);
  }

  const Plan& plan_;
  std::mt19937 random_;
  std::random_device device_;
  const std::shared_ptr<Store> store_;
};

}  // namespace

std::int64_t now_ms() {
  return std::chrono::duration_cast<Milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

int next_key(const Plan& plan, std::uint32_t chance) {
  const std::int64_t due = (now_ms() - plan.start_ms) * plan.keys / plan.duration_ms;
  const auto first = std::min<std::int64_t>(due, plan.progress->first_open(plan.keys));
  return static_cast<int>((first + chance % kAtOnce) % plan.keys);
}

// By up to one and a half leases; transactions, which may hold all others up, do so more seldom.
Milliseconds some_time(int key, std::uint32_t chance) {
  const std::uint32_t seldom = mode_of(key) == Mode::transactional ? 20 : 4;
  const std::uint32_t most = chance % seldom == 0 ? 500 : 10;
  return Milliseconds(chance / seldom % most);
}

void work(const Plan& plan, std::uint32_t seed) { Worker(plan, seed).run(); }

}  // namespace soak
