// The three kinds of streams, with coroutines on both sides. Every co_await gives the thread free,
// so one loop serves any number of them; the same functions block when get() is called instead.
//
// Flow control reaches both ends: write() waits while the other side does not read.
#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <chrono>
#include <optional>
#include <string>

#include "check.h"
#include "numbers.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;
using numbers::CountRequest;
using numbers::Number;
using Client = numbers::Numbers::Client;

namespace {

Number number(std::int64_t value) {
  Number result;
  result.set_value(value);
  return result;
}

class Numbers final : public numbers::Numbers::Handler {
  Future<Status> Count(ServerContext&, CountRequest request, Writer<Number>& out) override {
    for (std::int64_t i = 1; i <= request.last(); ++i) {
      if (!co_await out.write(number(i))) co_return Status(Code::cancelled, "nobody reads");
    }
    co_return Status();
  }

  Future<Result<Number>> Sum(ServerContext&, Reader<Number>& in) override {
    std::int64_t sum = 0;
    while (std::optional<Number> next = co_await in.read()) sum += next->value();
    co_return number(sum);
  }

  Future<Status> RunningSum(ServerContext&, Reader<Number>& in, Writer<Number>& out) override {
    std::int64_t sum = 0;
    while (std::optional<Number> next = co_await in.read()) {
      sum += next->value();
      if (!co_await out.write(number(sum))) co_return Status(Code::cancelled, "nobody reads");
    }
    co_return Status();
  }
};

// Coroutines take their parameters by value: a Client is one pointer.

Future<std::int64_t> count_to(Client client, std::int64_t last) {
  CountRequest request;
  request.set_last(last);
  auto counting = client.Count(request, 20s);
  std::int64_t read = 0;
  while (std::optional<Number> next = co_await counting.read()) {
    if (next->value() == ++read) continue;
    co_return -1;  // dropping `counting` cancels the call
  }
  const Status status = co_await counting.finish();
  co_return status.ok() ? read : -1;
}

Future<std::int64_t> sum_to(Client client, std::int64_t last) {
  auto summing = client.Sum(20s);
  for (std::int64_t i = 1; i <= last; ++i) {
    if (!co_await summing.write(number(i))) break;  // the call is over: finish() says why
  }
  auto sum = co_await summing.finish();
  co_return sum ? sum->value() : -1;
}

Future<void> write_all(cpp_lite::ReadWriteStream<Number, Number>& to, std::int64_t last) {
  for (std::int64_t i = 1; i <= last; ++i) {
    if (!co_await to.write(number(i))) break;
  }
  co_await to.close_writes();
}

// Writes and reads at the same time: one of each may be under way on a stream.
Future<std::int64_t> last_running_sum(Client client, std::int64_t last) {
  auto stream = client.RunningSum(20s);
  Future<void> writing = write_all(stream, last);
  std::int64_t sum = 0;
  while (std::optional<Number> next = co_await stream.read()) sum = next->value();
  co_await std::move(writing);
  const Status status = co_await stream.finish();
  co_return status.ok() ? sum : -1;
}

}  // namespace

int main() {
  examples::Checks check;
  Numbers numbers;
  cpp_lite::Server server;
  server.add(numbers);
  check.that(server.listen("127.0.0.1:0").ok(), "the server listens");
  Client client(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port())));

  check.that(count_to(client, 1000).get() == 1000, "the server counts to 1000");
  check.that(sum_to(client, 1000).get() == 500500, "it sums up what the client sends");
  check.that(last_running_sum(client, 1000).get() == 500500, "and tells the sum after each number");

  // All three at once, on the one loop of the channel.
  auto [counted, sum, running] =
      cpp_lite::when_all(count_to(client, 100), sum_to(client, 100), last_running_sum(client, 100))
          .get();
  check.that(counted == 100 && sum == 5050 && running == 5050, "and all of that at once");
  return check.exit_code();
}
