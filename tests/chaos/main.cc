// cpp_lite_chaos --serve=PORT --effects=FILE: one of the servers.
// cpp_lite_chaos --target=TARGET --seconds=N --rate=N --answered=FILE: two clients, each with so
// many calls a second, half of them idempotent and half of them not, while run.sh does things to
// the servers. Prints a table; the keys of the calls that took effect and were answered go to the
// file. Exit code 1: the client that is set up for trouble lost an idempotent call.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chaos.lite.h"
#include "chaos/server.h"
#include "interop/flags.h"

namespace chaos {
namespace {

using cpp_lite::Channel;
using cpp_lite::ConnectOptions;
using cpp_lite::Future;
using cpp_lite::Status;
using v1::Question;

// The calls of one method; touched on the loop alone.
struct Row {
  int calls = 0;
  int attempts = 0;
  std::map<std::string, int> failed;  // by code
  std::vector<std::string> answered;  // keys

  int failures() const {
    int sum = 0;
    for (const auto& [code, count] : failed) sum += count;
    return sum;
  }
  void add(const Status& status, const std::string& key) {
    ++calls;
    if (status.ok()) {
      answered.push_back(key);
    } else {
      ++failed[std::string(to_string(status.code()))];
    }
  }
};

class Caller {
 public:
  Caller(std::string name, const std::string& target, ConnectOptions options, bool bounded)
      : name_(std::move(name)), bounded_(bounded) {
    options.on_attempt = [this](const cpp_lite::Method& method, const cpp_lite::Attempt&) {
      ++(method.safety == cpp_lite::Safety::unsafe ? changes_ : looks_).attempts;
    };
    options.log = {};
    client_ = std::make_unique<v1::Chaos::Client>(cpp_lite::connect(target, std::move(options)));
  }

  Future<void> call(int number) {
    Question question;
    question.set_key(name_ + '-' + std::to_string(number));
    if (number % 4 < 2) {  // not every other one, because round_robin goes on by one as well
      const auto changed = co_await client_->Change(question);
      changes_.add(changed.status(), question.key());
    } else if (bounded_) {
      const auto seen = co_await client_->LookSoon(question);
      looks_.add(seen.status(), question.key());
    } else {
      const auto seen = co_await client_->Look(question);
      looks_.add(seen.status(), question.key());
    }
  }

  const Row& looks() const { return looks_; }
  const Row& changes() const { return changes_; }
  void print() const {
    print("idempotent", looks_);
    print("unsafe", changes_);
  }

 private:
  void print(const char* kind, const Row& row) const {
    std::string codes;
    for (const auto& [code, count] : row.failed) codes += ' ' + std::to_string(count) + ' ' + code;
    std::printf("%-9s %-11s %6d calls %6d attempts %6d failed%s%s\n", name_.c_str(), kind,
                row.calls, row.attempts, row.failures(), codes.empty() ? "" : ":", codes.c_str());
  }

  const std::string name_;
  const bool bounded_;
  Row looks_, changes_;
  std::unique_ptr<v1::Chaos::Client> client_;
};

Future<void> drive(std::shared_ptr<cpp_lite::Loop> loop, std::vector<Caller*> callers, int count,
                   std::chrono::nanoseconds pause) {
  std::vector<Future<void>> calls;
  cpp_lite::SteadyTime due = loop->now();
  for (int i = 0; i < count; ++i, due += pause) {
    co_await cpp_lite::sleep(loop, due - loop->now());
    for (Caller* caller : callers) calls.push_back(caller->call(i));
  }
  for (Future<void>& call : calls) co_await std::move(call);
}

int run(const interop::Flags& flags) {
  const int rate = std::stoi(flags.get("rate", "100"));
  const int seconds = std::stoi(flags.get("seconds", "60"));
  const std::string target = flags.get("target");
  const std::shared_ptr<cpp_lite::Loop> loop = cpp_lite::Loop::create();
  // The budget of repetitions is the built-in one: 10, a tenth of the calls, and one a second.
  Caller careful("careful", target,
                 {.loop = loop,
                  .load_balancing = cpp_lite::LoadBalancing::least_request,
                  .outlier_ejection = cpp_lite::OutlierOptions{}},
                 true);
  Caller plain("defaults", target,
               {.loop = loop, .load_balancing = cpp_lite::LoadBalancing::round_robin}, false);
  cpp_lite::spawn(loop, [&] {
    return drive(loop, {&careful, &plain}, rate * seconds,
                 std::chrono::nanoseconds(1'000'000'000) / rate);
  }).get();
  careful.print();
  plain.print();
  std::ofstream answered(flags.get("answered"));
  for (const Caller* caller : {&careful, &plain}) {
    for (const std::string& key : caller->changes().answered) answered << key << '\n';
  }
  return careful.looks().failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace chaos

int main(int argc, char** argv) {
  const interop::Flags flags(argc, argv);
  const std::string port = flags.get("serve");
  if (!port.empty()) return chaos::serve(std::stoi(port), flags.get("effects"));
  return chaos::run(flags);
}
