// One charge, and the end: what starting a client costs. one_shot PORT
#include <cpp_lite/channel.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "clients/calls.h"
#include "payments.lite.h"

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  payments::v1::PaymentService::Client client(
      cpp_lite::connect("127.0.0.1:" + std::string(argc > 1 ? argv[1] : "0")));
  payments::v1::ChargeRequest request;
  bench::fill(request, 1);
  const auto reply = client.ChargeCard(request, 5s).get();
  if (!reply.ok()) bench::give_up(reply.status().to_string());
  bench::check(*reply, 1);
  std::puts("answered");
  std::fflush(stdout);
}
