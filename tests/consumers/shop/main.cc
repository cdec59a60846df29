// A user's program: a shop that serves one call over a loopback socket, and its customer.
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <iostream>
#include <string>

#include "shop/v1/shop.lite.h"

namespace {

using cpp_lite::Future;
using cpp_lite::Result;
using shop::v1::BuyRequest;
using shop::v1::BuyResponse;

class Lamps final : public shop::v1::Shop::Handler {
 public:
  Future<Result<BuyResponse>> Buy(cpp_lite::ServerContext&, BuyRequest) override {
    BuyResponse response;
    response.mutable_price()->set_cents(4200);
    response.mutable_price()->set_currency("EUR");
    return response;
  }
};

}  // namespace

int main() {
  Lamps lamps;
  cpp_lite::Server server;
  server.add(lamps);
  if (auto status = server.listen("127.0.0.1:0"); !status.ok()) return 2;

  shop::v1::Shop::Client shop(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port())));
  BuyRequest request;
  request.set_article("lamp");
  auto bought = shop.Buy(request).get();
  if (!bought) return 3;
  std::cout << request.article() << ": " << bought->price().cents() << ' '
            << bought->price().currency() << '\n';
  return 0;
}
