// Between a server and cpp_lite::idempotency: how keyed calls are executed, and the options of
// that.
#pragma once

#include <cpp_lite/export.h>
#include <cpp_lite/future.h>
#include <cpp_lite/keyed.h>
#include <cpp_lite/keyed_execution.h>
#include <cpp_lite/loop.h>
#include <cpp_lite/metadata.h>
#include <cpp_lite/method.h>
#include <cpp_lite/result.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cpp_lite {

class ServerContext;
enum class RunOn : std::uint8_t;
struct ServerOptions;

namespace idempotency {
class Store;
}

// Who calls: part of every record's id, so that nobody gets another caller's answer. It names the
// tenant, not an instance of it, and is never a token (docs/idempotency.md).
struct Principal {
  std::string issuer, subject;
  bool empty() const { return issuer.empty() && subject.empty(); }
};

// How many processes share a server's store.
enum class Replicas : std::uint8_t { one_process, one_host, several_hosts };

// One keyed call that came to its answer, for metrics. By what its caller got: each call counts
// once, beside what is said to be counted beside it.
struct KeyedEvent {
  enum class Kind : std::uint8_t {
    executed,    // the handler ran, and its answer is stored
    released,    // the handler said that it did nothing, or it never ran
    replayed,    // answered from the store
    waited,      // a duplicate that waited for the first; its answer is counted beside this
    yielded,     // not final, and not stored: the next request runs it again
    busy,        // a duplicate that did not get an answer in time
    mismatched,  // the key was used for another request
    unknown,     // nobody knows whether it took effect
    invalid,     // a key that is missing or malformed
    short_key,   // below 16 characters; counted beside the call's answer
    refused,     // no room: quota, capacity, too many executions without a caller
    store_failed,
    store,  // one operation of the store, with its latency
  };
  Kind kind;
  const Method* method;
  std::chrono::nanoseconds latency;  // of the whole, or of the store's operation
};

struct IdempotencyOptions {
  Replicas replicas = Replicas::one_process;
  // For tests, and for methods whose record may be lost: a store that forgets.
  bool allow_volatile_store = false;
  // Methods that are declared TRANSACTIONAL are executed on a store without transactions as if they
  // were EXTERNAL: an execution that is cut short leaves the outcome unknown.
  bool allow_untransactional_store = false;
  std::chrono::milliseconds lease = std::chrono::seconds(10);  // renewed while the handler runs
  std::size_t max_waiters = 1000;  // duplicates that wait for an answer; beyond: UNAVAILABLE
  std::size_t max_orphans = 1000;  // executions whose caller is gone; beyond: no new ones
  std::size_t quota_records = 0;   // of one principal; 0: no bound
  std::size_t quota_bytes = 0;
  std::vector<std::string> stored_trailers = {};  // metadata of answers that replays carry, too
  // What tools show of a key; empty: the key itself.
  std::function<std::string(std::string_view key)> redact_key = {};
  // Around answers in the store, errors and trailers included: encryption. open(seal(x)) == x. What
  // seal() throws for is not kept; what open() throws for is refused, but not executed again.
  // open() also gets response messages that were stored before seal was set: it may return these as
  // they are.
  std::function<std::vector<std::uint8_t>(std::span<const std::uint8_t>)> seal = {}, open = {};
  // Called on the thread where it happens; must not block.
  std::function<void(const KeyedEvent&)> observe = {};
};

// --- For the runtime ---

// What a handler ended with.
struct HandlerEnd {
  Status status;
  bool threw = false;
  bool cancelled = false;              // by the runtime, not by the client
  std::vector<std::uint8_t> response;  // without prefix
  Metadata headers = {}, trailers = {};
};

// What the caller of a keyed call gets.
struct KeyedAnswer {
  Status status;
  std::vector<std::uint8_t> response;  // without prefix
  Metadata headers = {}, trailers = {};
  bool replayed = false;
};

namespace detail {

using Facts = std::vector<std::pair<std::string, std::string>>;

// Parts of a status as stores keep them: google.rpc.ErrorInfo with this reason and metadata,
// google.rpc.BadRequest about one field, and what grpc-status-details-bin carries.
CPP_LITE_API StatusDetail error_info(std::string_view reason, const Facts& metadata = {});
CPP_LITE_API StatusDetail bad_request(std::string_view field, std::string_view description);
CPP_LITE_API std::string encode_details(const Status& status);
CPP_LITE_API std::vector<StatusDetail> decode_details(std::string_view bytes);

}  // namespace detail

// The handler of a keyed call, once it is ready to run. Thread-safe; may outlive the call.
class CPP_LITE_API KeyedHandler {
 public:
  virtual void cancel() = 0;

 protected:
  ~KeyedHandler() = default;
};

// One keyed call that came in. Belongs to its handler's executor; so do its Futures.
class CPP_LITE_API KeyedCall {
 public:
  virtual ServerContext& context() = 0;
  virtual std::shared_ptr<Loop> loop() = 0;
  virtual std::span<const std::uint8_t> request() = 0;
  // Makes the handler ready to run, until `until`. Once, and run() after it: the handler runs
  // whatever becomes of the caller.
  virtual std::shared_ptr<KeyedHandler> prepare(KeyedExecution& execution, SteadyTime until) = 0;
  virtual Future<HandlerEnd> run() = 0;
  // Without a key, like the handler of any other method.
  virtual Future<KeyedAnswer> run_unkeyed() = 0;
  // Ends the call for the caller, while its execution goes on.
  virtual void answer_early(Status status) = 0;

 protected:
  ~KeyedCall() = default;
};

// Decides about keyed calls. Made by a store for one server. Thread-safe.
class CPP_LITE_API KeyedServer {
 public:
  // Whether the store can promise what the method wants. listen() asks for each one, before it
  // serves any.
  virtual Status check(const Method& method, const KeyPolicy& policy, RunOn run_on) = 0;
  // The policy outlives the call. Drops nothing: runs to its end.
  virtual Future<KeyedAnswer> serve(KeyedCall& call, const Method& method,
                                    const KeyPolicy& policy) = 0;
  // The server ends: no call waits for a store any longer that does not answer. Any thread.
  virtual void give_up() = 0;
  virtual const std::string& store_id() const = 0;
  virtual ~KeyedServer() = default;
};

}  // namespace cpp_lite
