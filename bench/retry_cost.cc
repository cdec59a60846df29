// What the possibility of a retry costs a call that succeeds at once: so many unary calls of a safe
// method against a server in this process, all on this thread, for a profiler to count.
//
//   retry_cost on|off CALLS BYTES
//
// "off" is a channel that could not repeat anything: no policy and nothing kept, so that it has
// neither to copy a request nor to share it. BYTES are added to each request.
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>
#include <cpp_lite/testing.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "counter.lite.h"

namespace {

using namespace std::chrono_literals;
using counter::v1::SetRequest;
using counter::v1::SetResponse;

class Quick final : public counter::v1::Counter::Handler {
  cpp_lite::Future<cpp_lite::Result<SetResponse>> Set(cpp_lite::ServerContext&,
                                                      SetRequest request) override {
    SetResponse response;
    response.set_total(request.total());
    return response;
  }
};

cpp_lite::ConnectOptions options(bool retries) {
  if (retries) return {};
  return {.retries = false, .replay_buffer = 0};
}

// The message as it is, and a field that only a newer server would know.
SetRequest request_of(std::size_t bytes) {
  SetRequest request;
  request.set_total(7);
  if (bytes > 0) {
    request.GetReflection()->MutableUnknownFields(&request)->AddLengthDelimited(
        15, std::string(bytes, 'x'));
  }
  return request;
}

bool answered(counter::v1::Counter::Client& client, cpp_lite::Server& server,
              const SetRequest& request) {
  auto reply = client.Set(request, 10s);
  while (!reply.ready()) server.loop()->poll();
  return reply.get().ok();
}

// What retry_cost.sh counts, by this name. Returns how many were answered.
[[gnu::noinline]] int make_calls(counter::v1::Counter::Client& client, cpp_lite::Server& server,
                                 const SetRequest& request, int calls) {
  int good = 0;
  for (int i = 0; i < calls; ++i) good += answered(client, server, request) ? 1 : 0;
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: retry_cost on|off CALLS BYTES\n";
    return EXIT_FAILURE;
  }
  Quick quick;
  cpp_lite::Server server({.manual_loops = true, .ignore_keys = true});
  server.add(quick);
  counter::v1::Counter::Client client(
      cpp_lite::testing::in_process(server, options(std::string_view(argv[1]) == "on")));
  const SetRequest request = request_of(std::strtoul(argv[3], nullptr, 10));
  const int calls = std::atoi(argv[2]);
  if (!answered(client, server, request)) return EXIT_FAILURE;  // the connection is made
  const int good = make_calls(client, server, request, calls);
  std::cout << good << " of " << calls << " calls answered\n";
  return good == calls ? EXIT_SUCCESS : EXIT_FAILURE;
}
