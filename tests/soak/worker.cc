#include "soak/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

#include "soak/database.h"

namespace soak {
namespace {

using namespace cpp_lite::idempotency;  // NOLINT: the vocabulary of the whole file
using namespace std::chrono_literals;

constexpr Milliseconds kLease{200};
constexpr int kAtOnce = 12;  // keys

// One line, whole or not at all, however the process ends.
void append(const std::string& file, const std::string& line) {
  const int handle = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const std::string bytes = line + "\n";
  (void)!write(handle, bytes.data(), bytes.size());
  close(handle);
}

class Worker {
 public:
  Worker(const Plan& plan, std::uint32_t seed)
      : plan_(plan), random_(seed), store_(open_store(plan.where)) {}

  void run() {
    for (std::int64_t now = now_ms(); now < plan_.start_ms + plan_.duration_ms; now = now_ms()) {
      const std::int64_t first = (now - plan_.start_ms) * plan_.keys / plan_.duration_ms;
      const int key = static_cast<int>((first + below(kAtOnce)) % plan_.keys);
      mode_of(key) == Mode::transactional ? run_in_transaction(key) : run_claimed(key);
    }
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }

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
    args.label = {"/soak.Soak/Do", "soak", "key-" + std::to_string(key)};
    return args;
  }
  // Another one for each execution.
  StoredResult answer_of(const Token& token) {
    StoredResult result;
    result.body.assign(token.begin(), token.end());
    return result;
  }
  // Mostly short; now and then beyond the lease, by up to one and a half.
  void linger(int key) {
    const bool holds_others_up = mode_of(key) == Mode::transactional;
    const int most = below(holds_others_up ? 20 : 4) == 0 ? 500 : 10;
    std::this_thread::sleep_for(Milliseconds(below(most)));
  }

  // What a client has heard.
  void acknowledge(int key, const StoredResult& result) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string line = std::to_string(key) + " ";
    for (const std::uint8_t byte : result.body)
      line.append({kDigits[byte >> 4U], kDigits[byte & 15U]});
    append(plan_.folder + "/acknowledged", line);
  }
  void acknowledge_stored(int key) {
    const auto found = store_->lookup(id_of(key), {}).get();
    const Replay* replay = found.ok() ? std::get_if<Replay>(&*found) : nullptr;
    if (replay != nullptr) acknowledge(key, replay->result);
  }
  void conclude(int key, const cpp_lite::Result<CompleteResult>& done, const StoredResult& answer) {
    if (!done.ok()) return;  // nobody is told anything
    if (*done == CompleteResult::completed || plan_.unfenced) return acknowledge(key, answer);
    acknowledge_stored(key);
  }

  void run_in_transaction(int key) {
    const BeginArgs args = args_of(key);
    auto opened = store_->open(args).get();
    if (!opened.ok()) return;
    const std::unique_ptr<Transaction> transaction = *std::move(opened);
    if (const auto* replay = std::get_if<Replay>(&transaction->begun())) {
      return acknowledge(key, replay->result);
    }
    if (!std::holds_alternative<Acquired>(transaction->begun())) return;
    if (!add_effect(*transaction, key)) return;
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
    if (const auto* replay = std::get_if<Replay>(&*begun)) return acknowledge(key, replay->result);
    if (!std::holds_alternative<Acquired>(*begun)) return;
    take_effect(key);
    linger(key);
    const StoredResult answer = answer_of(args.token);
    conclude(key, store_->complete(args.id, args.token, answer, args.ttl).get(), answer);
  }

  // Outside of the store. A downstream service remembers its keys: the second call does nothing.
  void take_effect(int key) {
    const bool remembered = mode_of(key) == Mode::downstream_keyed;
    if (!remembered) return append(plan_.folder + "/effects", std::to_string(key));
    close(open(downstream_file(plan_, key).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  }

  const Plan& plan_;
  std::minstd_rand random_;
  std::random_device device_;
  const std::shared_ptr<Store> store_;
};

}  // namespace

std::string downstream_file(const Plan& plan, int key) {
  return plan.folder + "/done-" + std::to_string(key);
}

Id id_of(int key) {
  Id id{};
  const std::uint32_t scattered = static_cast<std::uint32_t>(key + 1) * 2654435761U;
  for (std::size_t i = 0; i < 4; ++i) {
    id[i] = static_cast<std::uint8_t>(scattered >> (8 * i));
    id[28 + i] = static_cast<std::uint8_t>(static_cast<std::uint32_t>(key) >> (8 * i));
  }
  return id;
}

std::int64_t now_ms() {
  return std::chrono::duration_cast<Milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void work(const Plan& plan, std::uint32_t seed) { Worker(plan, seed).run(); }

}  // namespace soak
