// What the code of the guide takes for granted.
#pragma once

#include <cpp_lite/async.h>
#include <cpp_lite/channel.h>
#include <cpp_lite/event.h>
#include <cpp_lite/layers.h>
#include <cpp_lite/server.h>
#include <cpp_lite/testing.h>

#include <chrono>
#include <csignal>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "payments/v1/payments.lite.h"

using namespace std::chrono_literals;
using cpp_lite::Future;

template <typename T>
void use(const T&) {}

namespace guide {

extern payments::v1::PaymentService::Client client;
extern payments::v1::ChargeRequest request;
extern std::vector<payments::v1::ChargeRequest> charges;
extern payments::v1::PaymentMessage message;
extern payments::v1::TransactionStreamRequest since;

extern cpp_lite::ServerContext& context;
extern cpp_lite::Event event;
extern cpp_lite::Server server;
struct Service final : payments::v1::PaymentService::Handler {};
extern Service service;
bool maintenance();

}  // namespace guide

using namespace guide;
