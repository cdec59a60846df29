// payments_client --target=host:port: every kind of call and every kind of end, as a table of
// what was expected and what came. Exits with 0 when all came as expected.
#include <cpp_lite/channel.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "flags.h"
#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;
using Client = payments::v1::PaymentService::Client;
using cpp_lite::Status;

namespace {

// A customer that no earlier run has used.
std::string customer() { return "customer-" + std::to_string(getpid()); }

payments::v1::ChargeRequest charge_of(std::int64_t amount_cents, const std::string& key) {
  payments::v1::ChargeRequest request;
  request.set_customer_id(customer());
  request.set_amount_cents(amount_cents);
  request.set_currency("EUR");
  request.set_idempotency_key(customer() + "-" + key);  // never used before
  return request;
}

payments::v1::TransactionStreamRequest all_transactions() {
  payments::v1::TransactionStreamRequest request;
  request.set_customer_id(customer());
  return request;
}

std::string name_of(const Status& status) { return std::string(to_string(status.code())); }

// Each step does something and says in a few words what came of it.

std::string charge_a_card(Client& client) {
  auto charged = client.ChargeCard(charge_of(1999, "order-1"), 5s).get();
  if (!charged) return charged.status().to_string();
  return ChargeStatus_Name(charged->status());
}

std::string follow_transactions(Client& client) {
  auto transactions = client.StreamTransactions(all_transactions());
  std::string seen;
  const auto read_one = [&] {
    auto transaction = transactions.read().get();
    seen += transaction ? std::to_string(transaction->amount_cents()) + " " : "end ";
  };
  read_one();  // recorded
  auto charged = client.ChargeCard(charge_of(250, "order-2"), 5s).get();
  if (!charged) return charged.status().to_string();
  read_one();  // as it happens
  transactions.cancel();
  return seen + name_of(transactions.finish().get());
}

std::string charge_a_batch(Client& client) {
  auto batch = client.BatchCharge(5s);
  for (const int amount : {300, -1, 400}) {
    if (!batch.write(charge_of(amount, "batch" + std::to_string(amount))).get()) break;
  }
  auto sum = batch.finish().get();
  if (!sum) return sum.status().to_string();
  std::string text = std::to_string(sum->succeeded()) + " of " + std::to_string(sum->total());
  for (const auto& key : sum->failed_idempotency_keys()) {
    text += ", not " + key.substr(customer().size() + 1);
  }
  return text;
}

std::string chat(Client& client) {
  auto chat = client.PaymentChat(5s);
  int answers = 0;
  for (const char* text : {"one", "two", "three"}) {
    payments::v1::PaymentMessage message;
    message.set_text(text);
    if (!chat.write(message).get()) break;
    auto answer = chat.read().get();
    if (answer && answer->text() == std::string("You said: ") + text) ++answers;
  }
  chat.close_writes().get();
  return std::to_string(answers) + " answers, " + name_of(chat.finish().get());
}

std::string run_into_a_deadline(Client& client) {
  const auto start = std::chrono::steady_clock::now();
  auto transactions = client.StreamTransactions(all_transactions(), 200ms);
  while (transactions.read().get()) continue;
  const Status status = transactions.finish().get();
  const bool early = std::chrono::steady_clock::now() - start < 200ms;
  return name_of(status) + (early ? " too early" : "");
}

std::string send_nonsense(Client& client) {
  auto charged = client.ChargeCard(charge_of(0, "order-3"), 5s).get();
  const bool named = charged.status().message().find("amount_cents") != std::string::npos;
  return name_of(charged.status()) + (named ? " about amount_cents" : "");
}

std::string call_nobody(Client&) {
  // With retries the call, which has a key, would wait for a server until its deadline.
  Client nobody(cpp_lite::connect("127.0.0.1:1", {.retries = false}));
  return name_of(nobody.ChargeCard(charge_of(1, "order-4"), 5s).get().status());
}

struct Step {
  const char* name;
  std::string expected;
  std::string (*run)(Client&);
};

constexpr const char* kRow = "%-35s  %-36s  %-36s  %8s%s\n";

bool run_step(const Step& step, Client& client) {
  const auto start = std::chrono::steady_clock::now();
  const std::string got = step.run(client);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  const bool as_expected = got == step.expected;
  std::printf(kRow, step.name, step.expected.c_str(), got.c_str(),
              (std::to_string(took.count()).substr(0, 5) + " ms").c_str(),
              as_expected ? "" : "  <-- not as expected");
  std::fflush(stdout);
  return as_expected;
}

}  // namespace

int main(int argc, char** argv) {
  const auto flags = examples::parse_flags(
      argc, argv, "usage: payments_client --target=host:port\n", {{"target", "127.0.0.1:50051"}});
  const Step steps[] = {
      {"ChargeCard (unary)", "CHARGE_STATUS_SUCCESS", charge_a_card},
      {"StreamTransactions, then cancel", "1999 250 CANCELLED", follow_transactions},
      {"BatchCharge (client stream)", "2 of 3, not batch-1", charge_a_batch},
      {"PaymentChat (both directions)", "3 answers, OK", chat},
      {"StreamTransactions, 200 ms deadline", "DEADLINE_EXCEEDED", run_into_a_deadline},
      {"ChargeCard without an amount", "INVALID_ARGUMENT about amount_cents", send_nonsense},
      {"ChargeCard where nobody listens", "UNAVAILABLE", call_nobody},
  };
  Client client(cpp_lite::connect(flags.at("target")));
  std::printf(kRow, "step", "expected", "got", "time", "");
  bool all = true;
  for (const Step& step : steps) all = run_step(step, client) && all;
  std::printf("\n%s\n", all ? "all as expected" : "NOT all as expected");
  return all ? 0 : 1;
}
