#include <cpp_lite/testing.h>

#include <utility>

#include "client/channel.h"
#include "client/dialer.h"
#include "server/impl.h"
#include "testing/faults.h"

namespace cpp_lite::testing {

std::shared_ptr<Channel> in_process(Server& server, ConnectOptions options,
                                    std::shared_ptr<Faults> faults) {
  auto script = faults != nullptr ? std::static_pointer_cast<PipeScript>(std::move(faults))
                                  : std::make_shared<PipeScript>();
  options.loop = server.loop(0);
  options.tls = nullptr;
  options.plaintext_tokens = true;  // which stay in this process
  if (options.authority.empty()) options.authority = "in-process";
  client::MakeTransport make = [script, weak = std::weak_ptr(server.impl()),
                                loop = std::weak_ptr(options.loop)](Loop&) {
    const auto impl = weak.lock();
    io::Pipe pipe = impl != nullptr ? script->connect(loop.lock()) : io::Pipe{};
    if (pipe.server != nullptr) {
      (void)impl->prepare();  // what is wrong is said by the calls
      impl->shard(0).accept(std::move(pipe.server));
    }
    return std::move(pipe.client);
  };
  return client::connect_through({.dialer = client::dial_with(std::move(make))},
                                 std::move(options));
}

}  // namespace cpp_lite::testing
