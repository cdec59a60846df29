// cpp_lite_bench_client: charges against any server in bench/. --how=get blocks a thread for each
// call in turn, --how=await has coroutines on the channel's loop. --busy-poll=N: it looks for work
// so many microseconds before it sleeps.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "clients/calls.h"
#include "payments.lite.h"

namespace {

using namespace std::chrono_literals;
using bench::Course;
using cpp_lite::Future;
using payments::v1::ChargeRequest;
using payments::v1::ChargeResponse;
using payments::v1::PaymentService;
using Answer = Future<cpp_lite::Reply<ChargeResponse>>;

struct Started {
  std::uint64_t number;
  double at;
  Answer answer;
};

Started start(PaymentService::Client& client, Course& course) {
  const std::uint64_t number = course.next_number();
  ChargeRequest request;
  bench::fill(request, number);
  const double at = Course::now();
  return {number, at, client.ChargeCard(request, 10s)};
}

void take(const cpp_lite::Reply<ChargeResponse>& reply, std::uint64_t number, double began,
          Course& course) {
  if (!reply.ok()) bench::give_up(reply.status().to_string());
  bench::check(*reply, number);
  course.ended(began);
}

Future<void> call_in_turn(PaymentService::Client& client, Course& course) {
  while (!course.over()) {
    Started call = start(client, course);
    const auto reply = co_await std::move(call.answer);
    take(reply, call.number, call.at, course);
  }
}

Future<void> call_together(PaymentService::Client& client, Course& course, int outstanding) {
  while (!course.over()) {
    std::vector<Started> calls;
    for (int i = 0; i < outstanding; ++i) calls.push_back(start(client, course));
    for (Started& call : calls) {
      const auto reply = co_await std::move(call.answer);
      take(reply, call.number, call.at, course);
    }
  }
}

void await_all(const bench::Flags& flags, const std::shared_ptr<cpp_lite::Loop>& loop,
               PaymentService::Client& client, Course& course) {
  const int outstanding = static_cast<int>(flags.number("outstanding"));
  std::vector<Future<void>> callers;
  if (flags.set("lockstep")) {
    callers.push_back(cpp_lite::spawn(
        loop, [&, outstanding] { return call_together(client, course, outstanding); }));
  } else {
    for (int i = 0; i < outstanding; ++i) {
      callers.push_back(cpp_lite::spawn(loop, [&] { return call_in_turn(client, course); }));
    }
  }
  for (Future<void>& caller : callers) caller.get();
}

// One thread: the oldest call is waited for, and then another is made.
void get_all(const bench::Flags& flags, PaymentService::Client& client, Course& course) {
  std::vector<Started> calls;
  for (long i = 0; i < flags.number("outstanding"); ++i) calls.push_back(start(client, course));
  for (std::size_t at = 0; !course.over(); at = (at + 1) % calls.size()) {
    Started call = std::exchange(calls[at], Started{0, 0, Answer()});
    const auto reply = std::move(call.answer).get();
    take(reply, call.number, call.at, course);
    calls[at] = start(client, course);
  }
  for (Started& call : calls) static_cast<void>(std::move(call.answer).get());
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Flags flags = bench::client_flags(argc, argv, "await");
  const std::chrono::microseconds busy_poll(flags.number("busy-poll"));
  const bool blocking = flags.text("how") == "get";
  const auto loop = blocking ? nullptr : cpp_lite::Loop::create({.busy_poll = busy_poll});
  PaymentService::Client client(
      cpp_lite::connect("127.0.0.1:" + flags.text("port"), {.loop = loop, .busy_poll = busy_poll}));
  Course course(flags);
  if (blocking) {
    get_all(flags, client, course);
  } else {
    await_all(flags, loop, client, course);
  }
  course.print();
}
