// One charge, and the end, on grpc++: one_shot PORT
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdio>
#include <string>

#include "clients/calls.h"
#include "payments.grpc.pb.h"

int main(int argc, char** argv) {
  const auto stub = payments::v1::PaymentService::NewStub(grpc::CreateChannel(
      "127.0.0.1:" + std::string(argc > 1 ? argv[1] : "0"), grpc::InsecureChannelCredentials()));
  payments::v1::ChargeRequest request;
  payments::v1::ChargeResponse response;
  bench::fill(request, 1);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(5));
  const grpc::Status status = stub->ChargeCard(&context, request, &response);
  if (!status.ok()) bench::give_up(status.error_message());
  bench::check(response, 1);
  std::puts("answered");
  std::fflush(stdout);
}
