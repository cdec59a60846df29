// grpc.health.v1.Health: tells clients, load balancers and orchestrators whether services can be
// used. Component cpp_lite::health.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/handler.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace cpp_lite {

namespace health {
class Book;
}

enum class ServingStatus : std::uint8_t { unknown = 0, serving = 1, not_serving = 2 };

struct HealthOptions {
  // Calls of Watch at a time; RESOURCE_EXHAUSTED above.
  std::size_t max_watchers = 1000;
};

// The health of one server: each of its services is serving, and so is "", which stands for the
// server as a whole, until somebody says otherwise or the server begins to end. Then all are not
// serving, which watchers still hear before their streams end.
// Copies are the same object. Thread-safe.
//
//   Health health;
//   server.add(health).add(payments);
//   ...
//   health.set("payments.v1.PaymentService", ServingStatus::not_serving);  // its database is away
class CPP_LITE_API Health {
 public:
  explicit Health(HealthOptions options = {});

  // A name that is no service of the server is known from now on. Says nothing of other names, ""
  // included. Without effect once the server ends.
  void set(std::string_view service, ServingStatus status);

  // For Server::add(), on one server.
  operator std::shared_ptr<Service>() const { return service_; }

 private:
  std::shared_ptr<health::Book> book_;
  std::shared_ptr<Service> service_;
};

}  // namespace cpp_lite
