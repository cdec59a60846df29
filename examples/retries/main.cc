// What is repeated, and what is not: three declarations of a method against a server that fails on
// purpose, and the story that each call tells.
#include <cpp_lite/channel.h>
#include <cpp_lite/server.h>

#include <iostream>
#include <map>
#include <string>

#include "check.h"
#include "counter.lite.h"

using counter::v1::AddOnceRequest;
using counter::v1::AddOnceResponse;
using counter::v1::AddRequest;
using counter::v1::AddResponse;
using counter::v1::SetRequest;
using counter::v1::SetResponse;
using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;

namespace {

// Does its work, and then loses the first two answers of every call.
class Flaky final : public counter::v1::Counter::Handler {
 public:
  int total = 0;

  Future<Result<AddResponse>> Add(ServerContext& context, AddRequest request) override {
    total += request.amount();
    if (Status trouble = answer_is_lost(context); !trouble.ok()) return trouble;
    AddResponse response;
    response.set_total(total);
    return response;
  }

  Future<Result<SetResponse>> Set(ServerContext& context, SetRequest request) override {
    total = request.total();
    if (Status trouble = answer_is_lost(context); !trouble.ok()) return trouble;
    SetResponse response;
    response.set_total(total);
    return response;
  }

  Future<Result<AddOnceResponse>> AddOnce(ServerContext& context, AddOnceRequest request) override {
    if (!seen_[request.request_id()]) total += request.amount();
    seen_[request.request_id()] = true;
    if (Status trouble = answer_is_lost(context); !trouble.ok()) return trouble;
    AddOnceResponse response;
    response.set_total(total);
    return response;
  }

 private:
  static Status answer_is_lost(ServerContext& context) {
    if (context.attempt() > 2) return Status();
    return Status(Code::unavailable, "the answer was lost");
  }

  std::map<std::string, bool> seen_;  // all on the server's one loop
};

void tell(const std::string& what, const Status& status) {
  std::cout << "\n" << what << ": " << status.to_string() << "\n";
}

}  // namespace

int main() {
  examples::Checks check;
  Flaky flaky;
  cpp_lite::Server server({.ignore_keys = true});  // Flaky remembers them itself
  server.add(flaky);
  check.that(server.listen("127.0.0.1:0").ok(), "the server listens");

  // assume_keyed: this server knows keys, although it has no cpp_lite store that would show it.
  counter::v1::Counter::Client client(
      cpp_lite::connect("127.0.0.1:" + std::to_string(server.port()), {.assume_keyed = true}));

  AddRequest add;
  add.set_amount(1);
  const auto added = client.Add(add).get();
  tell("Add", added.status());
  check.that(!added, "a call that may have had an effect is not repeated");
  check.that(flaky.total == 1, "so that it had its effect once");

  SetRequest set;
  set.set_total(10);
  const auto set_to = client.Set(set).get();
  tell("Set", set_to.status());
  check.that(set_to.ok() && set_to.attempts() == 3, "an idempotent call is repeated");
  check.that(flaky.total == 10, "and does no harm");

  AddOnceRequest once;
  once.set_amount(5);
  const auto added_once = client.AddOnce(once).get();
  tell("AddOnce", added_once.status());
  check.that(added_once.ok() && added_once.attempts() == 3, "a call with a key is repeated, too");
  check.that(flaky.total == 15, "and takes effect once");
  check.that(!added_once.idempotency_key().empty(),
             "under the key " + added_once.idempotency_key());
  return check.exit_code();
}
