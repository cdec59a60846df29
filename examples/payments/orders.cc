// payments_orders --target=host:port: charges many orders, each until it is acknowledged, through
// whatever is in between; then looks into the ledger whether each was charged once. Exits with 0
// only then. With --hold-every=N it says "answered N" after N answers (2N, 3N ...), and starts no
// further order before a line comes in: whoever reads that can do harm while calls are under way.
#include <cpp_lite/channel.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "flags.h"
#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;
using payments::v1::ChargeRequest;
using payments::v1::PaymentService;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kCustomer = "orders";
constexpr auto kPatience = 2min;  // for all of it

struct Order {
  std::string acknowledged;  // the transaction's id; empty: never
  bool changed = false;      // a repetition was answered with another transaction
};

struct Totals {
  std::atomic<int> attempts{0}, replays{0};
};

// The same request, whenever it is asked for.
ChargeRequest request_of(std::size_t number) {
  ChargeRequest request;
  request.set_customer_id(kCustomer);
  request.set_amount_cents(static_cast<std::int64_t>(100 + number));
  request.set_currency("EUR");
  request.set_idempotency_key("order-" + std::to_string(1'000'000 + number));
  return request;
}

// Asks with the same key until there is an answer.
void charge(PaymentService::Client& client, std::size_t number, Order& order, Totals& totals,
            Clock::time_point end) {
  while (Clock::now() < end) {
    auto reply = client.ChargeCard(request_of(number), 2s).get();
    totals.attempts += std::max(1, static_cast<int>(reply.status().attempts().size()));
    if (!reply) continue;
    if (reply.headers().get("idempotent-replayed")) ++totals.replays;
    if (order.acknowledged.empty()) order.acknowledged = reply->transaction_id();
    order.changed = order.changed || order.acknowledged != reply->transaction_id();
    return;
  }
}

// Holds everybody up after each so many answers, until a line comes in. 0: never.
class Gate {
 public:
  Gate(std::size_t every, std::size_t orders) : every_(every), orders_(orders) {}

  // Before an order starts.
  void pass() { const std::lock_guard lock(mutex_); }
  void count_answer() {
    const std::lock_guard lock(mutex_);
    if (++answers_ == orders_ || every_ == 0 || answers_ % every_ != 0) return;
    std::printf("answered %zu\n", answers_);
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
  }

 private:
  const std::size_t every_, orders_;
  std::mutex mutex_;
  std::size_t answers_ = 0;
};

// All orders once, many at a time.
void charge_all(const std::string& target, std::vector<Order>& orders, std::size_t at_once,
                Gate& gate, Totals& totals) {
  // What is in between hides the server's store; this side knows that there is one.
  PaymentService::Client client(cpp_lite::connect(target, {.assume_keyed = true}));
  const Clock::time_point end = Clock::now() + kPatience;
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> customers;
  for (std::size_t i = 0; i < at_once; ++i) {
    customers.emplace_back([&] {
      for (std::size_t number; (number = next++) < orders.size();) {
        gate.pass();
        charge(client, number, orders[number], totals, end);
        gate.count_answer();
      }
    });
  }
  for (std::thread& customer : customers) customer.join();
}

// What the server has recorded: how often each transaction id occurs. The stream goes on with what
// comes later, so the whole of it was seen when its time is over, and not when the server was
// killed.
std::map<std::string, int> ledger_of(const std::string& server, Clock::time_point end) {
  PaymentService::Client client(cpp_lite::connect(server));
  payments::v1::TransactionStreamRequest all;
  all.set_customer_id(kCustomer);
  std::map<std::string, int> ids;
  cpp_lite::Status status;
  do {
    ids.clear();
    auto rows = client.StreamTransactions(all, 3s);
    while (auto row = rows.read().get()) ++ids[row->id()];
    status = rows.finish().get();
  } while (status.code() != cpp_lite::Code::deadline_exceeded && Clock::now() < end);
  return ids;
}

void print(const char* what, std::size_t count) { std::printf("  %-34s %8zu\n", what, count); }

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv,
      "usage: payments_orders --target=host:port --server=host:port [--orders=1000] "
      "[--at-once=50] [--hold-every=0]\n"
      "  --target   where the charges go; --server   where the ledger is read\n"
      "  --hold-every   after so many answers, wait for a line on stdin\n",
      {{"target", "127.0.0.1:50051"},
       {"server", "127.0.0.1:50051"},
       {"orders", "1000"},
       {"at-once", "50"},
       {"hold-every", "0"}});
  const Clock::time_point start = Clock::now();
  std::vector<Order> orders(std::stoul(flags.at("orders")));
  Totals totals;
  Gate gate(std::stoul(flags.at("hold-every")), orders.size()), open(0, orders.size());
  charge_all(flags.at("target"), orders, std::stoul(flags.at("at-once")), gate, totals);
  const std::chrono::duration<double> took = Clock::now() - start;
  // Each once more, where nothing is lost: the answers must be the same.
  Totals again;
  charge_all(flags.at("server"), orders, 10, open, again);

  const std::map<std::string, int> ledger = ledger_of(flags.at("server"), Clock::now() + kPatience);
  std::set<std::string> acknowledged;
  std::size_t unanswered = 0, lost = 0, changed = 0;
  for (const Order& order : orders) {
    unanswered += order.acknowledged.empty() ? 1U : 0U;
    lost += !order.acknowledged.empty() && !ledger.contains(order.acknowledged) ? 1U : 0U;
    changed += order.changed ? 1U : 0U;
    acknowledged.insert(order.acknowledged);
  }
  const std::size_t duplicates = ledger.size() - std::min(ledger.size(), acknowledged.size());
  print("orders", orders.size());
  print("attempts", static_cast<std::size_t>(totals.attempts));
  print("answers that were replays", static_cast<std::size_t>(totals.replays));
  print("charges in the ledger", ledger.size());
  print("duplicate charges", duplicates);
  print("acknowledged charges that are lost", lost);
  print("orders that were never answered", unanswered);
  print("repetitions answered differently", changed);
  std::printf("  %-34s %8.1f\n", "seconds", took.count());
  const bool good = ledger.size() == orders.size() && duplicates + lost + unanswered + changed == 0;
  return good ? 0 : 1;
}
