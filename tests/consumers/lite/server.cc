// A server that tells of its health and describes itself, over LITE_RUNTIME messages; it calls
// itself once.
#include <cpp_lite/channel.h>
#include <cpp_lite/health.h>
#include <cpp_lite/reflection.h>
#include <cpp_lite/server.h>

#include <string>

#include "ping.lite.h"

class Pong final : public lite::Ping::Handler {
  cpp_lite::Future<cpp_lite::Result<lite::PingResponse>> Once(cpp_lite::ServerContext&,
                                                              lite::PingRequest request) override {
    lite::PingResponse response;
    response.set_number(request.number());
    return response;
  }
};

int main() {
  Pong pong;
  cpp_lite::Health health;
  cpp_lite::Server server;
  server.add(pong).add(health);
  cpp_lite::add_reflection(server);
  if (!server.listen("127.0.0.1:0").ok()) return 1;
  health.set("lite.Ping", cpp_lite::ServingStatus::not_serving);
  lite::Ping::Client client(cpp_lite::connect("127.0.0.1:" + std::to_string(server.port())));
  lite::PingRequest request;
  request.set_number(7);
  const auto reply = client.Once(request).get();
  return reply && reply->number() == 7 ? 0 : 1;
}
