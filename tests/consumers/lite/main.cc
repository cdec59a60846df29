// A client over LITE_RUNTIME messages that calls a port where nobody listens.
#include <cpp_lite/channel.h>

#include "ping.lite.h"

int main() {
  lite::Ping::Client client(cpp_lite::connect("127.0.0.1:1"));
  auto reply = client.Once(lite::PingRequest()).get();
  return reply.status().code() == cpp_lite::Code::unavailable ? 0 : 1;
}
