// Stores of keyed executions: what a request with a key did is remembered, so that it takes effect
// at most once and every duplicate gets the same answer (docs/idempotency.md).
#pragma once

#include <cpp_lite/deadline.h>
#include <cpp_lite/export.h>
#include <cpp_lite/future.h>
#include <cpp_lite/keyed_server.h>
#include <cpp_lite/result.h>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cpp_lite::idempotency {

using Milliseconds = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Milliseconds>;  // on the store's clock

using Digest = std::array<std::uint8_t, 32>;  // SHA-256
using Id = Digest;                            // of a record: scope, method and key
using Token = std::array<std::uint8_t, 16>;   // random, one for each execution

// What a request says beside its key, so that a key cannot be used for two things.
struct Fingerprint {
  std::uint32_t algorithm = 1;
  Digest reduced{};   // without the fields that the .proto excludes
  Digest full{};      // with them
  Digest excluded{};  // which fields these are
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

// What an execution came to. A tombstone knows that there was an answer, but not its bytes.
struct StoredResult {
  Code code = Code::ok;
  std::string message;
  std::string details;  // grpc-status-details-bin
  std::vector<std::pair<std::string, std::string>> trailers;
  std::vector<std::uint8_t> body;  // the response message, without prefix
  bool tombstone = false;
  friend bool operator==(const StoredResult&, const StoredResult&) = default;
};

// For people and tools: who holds a claim, and of what.
struct Owner {
  std::string host;
  std::int64_t pid = 0;
  Time started{};
  friend bool operator==(const Owner&, const Owner&) = default;
};
struct Label {
  std::string method;
  std::string scope;  // whose record it is: quotas count by it
  std::string key;    // or a redaction of it; and the values of the metadata that belong to it
  friend bool operator==(const Label&, const Label&) = default;
};

// The most that one scope may hold at a time; 0: no bound.
struct Quota {
  std::size_t records = 0, bytes = 0;
  friend bool operator==(const Quota&, const Quota&) = default;
};

struct BeginArgs {
  Id id{};
  Fingerprint fingerprint;
  Token token{};                  // of this execution, should it be granted
  std::optional<Token> previous;  // of an earlier begin() of this request whose answer was lost
  Milliseconds lease{};
  Milliseconds ttl{};
  // From the first begin(): until then an execution whose lease has ended may be run again. 0:
  // never; max(): always.
  Milliseconds rerun_until{};
  bool expires = false;  // even without a result: effects are TRANSACTIONAL
  Owner owner;
  Label label;
  Quota quota;
};

// --- What a store answers ---

struct Acquired {  // run it
  std::uint32_t attempt = 1;
  Time first_begin{};
  friend bool operator==(const Acquired&, const Acquired&) = default;
};
struct Replay {  // it ran: here is the answer
  StoredResult result;
  friend bool operator==(const Replay&, const Replay&) = default;
};
struct Busy {  // it runs, for so long at most; 0: its lease has ended
  Milliseconds lease_left{};
  friend bool operator==(const Busy&, const Busy&) = default;
};
struct Mismatch {  // the key was used for another request
  friend bool operator==(const Mismatch&, const Mismatch&) = default;
};
struct Indeterminate {  // nobody knows whether it took effect; only resolve() ends that
  Token token{};
  std::uint32_t attempt = 0;
  Time since{};
  friend bool operator==(const Indeterminate&, const Indeterminate&) = default;
};
struct Full {  // no room for another record: nothing was done
  std::string why;
  friend bool operator==(const Full&, const Full&) = default;
};
struct Absent {
  friend bool operator==(const Absent&, const Absent&) = default;
};

using BeginResult = std::variant<Acquired, Replay, Busy, Mismatch, Indeterminate, Full>;
using LookupResult = std::variant<Absent, Replay, Busy, Mismatch, Indeterminate>;

enum class CompleteResult : std::uint8_t { completed, already_completed, fence_lost };
enum class FenceResult : std::uint8_t { done, fence_lost };

// How an operator ends an unknown outcome: with the answer, or with the knowledge that nothing was
// done. `force`: although the owner may be alive.
struct Resolution {
  std::optional<StoredResult> result;  // nothing: as if never begun
  bool force = false;
};

// An answer for resolve() that is not sealed, whatever the server does with its own answers
// (IdempotencyOptions::seal).
CPP_LITE_API StoredResult in_clear(StoredResult result);

// A record as tools see it.
enum class State : std::uint8_t { in_progress = 1, completed = 2, indeterminate = 3 };
struct Entry {
  Id id{};
  State state{};
  Token token{};
  std::uint32_t attempt = 0;
  Time first_begin{}, lease_until{}, expires_at{};
  Owner owner;
  Label label;
  std::optional<StoredResult> result;
};

// What a store is able to promise.
struct Capabilities {
  bool durable = false;        // a claim outlives the process and the machine
  bool multi_process = false;  // several processes of one host may share it
  bool multi_host = false;
  bool transactional = false;  // is a TransactionalStore
  bool one_writer = false;     // while a transaction is open, nothing else is written
};

// Each operation is atomic and linearizable per id. An error tells nothing: it may have been
// applied. Thread-safe; no function blocks. Futures are completed on a thread of the store's.
class CPP_LITE_API Store {
 public:
  virtual Future<Result<BeginResult>> begin(BeginArgs args) = 0;
  virtual Future<Result<CompleteResult>> complete(Id id, Token token, StoredResult result,
                                                  Milliseconds ttl) = 0;
  // Nothing was executed: the key is free again.
  virtual Future<Result<FenceResult>> release(Id id, Token token) = 0;
  virtual Future<Result<FenceResult>> renew(Id id, Token token, Milliseconds lease) = 0;
  virtual Future<Result<LookupResult>> lookup(Id id, Fingerprint fingerprint) = 0;
  // The lease ends now: the next begin() may run it again.
  virtual Future<Result<FenceResult>> yield(Id id, Token token) = 0;
  virtual Future<Result<FenceResult>> mark_unknown(Id id, Token token) = 0;

  // For operators.
  virtual Future<Status> resolve(Id id, Token token, Resolution resolution) = 0;
  virtual Future<Status> redact(Id id) = 0;  // of a result only a tombstone stays
  virtual Future<Result<std::size_t>> purge(std::size_t max) = 0;  // of expired records; how many
  // Records after `after` in the order of ids, those of one state if given.
  virtual Future<Result<std::vector<Entry>>> list(std::optional<State> state,
                                                  std::optional<Id> after, std::size_t max) = 0;

  virtual Capabilities capabilities() const = 0;
  // Random, made once for each database; clients see it as cpp-lite-store. And the secret of
  // downstream keys, made with it.
  virtual const std::string& id() const = 0;
  virtual const Digest& secret() const = 0;
  // What is wrong with the store for a server, in words; asked once, by listen(). May block.
  virtual Status check() = 0;
  virtual ~Store() = default;

  // For the server: who decides about its keyed calls with this store, `self`.
  virtual std::shared_ptr<KeyedServer> serve(std::shared_ptr<Store> self,
                                             const ServerOptions& options);
};

// One keyed execution inside a transaction of the database: its claim, its effect and its result
// become durable together, or not at all.
class CPP_LITE_API Transaction {
 public:
  // What begin() said. Unless it is Acquired nothing is open, and nothing else may be called.
  virtual const BeginResult& begun() const = 0;
  // On the thread that executes, when it is about to. False: that took too long for a store with
  // one writer, which has gone on without it; open() is to be called again.
  virtual bool take() { return true; }
  // For the handler: the open transaction. sqlite3* or PGconn*, as kind() says: "sqlite",
  // "postgresql".
  virtual std::string_view kind() const = 0;
  virtual void* handle() = 0;
  // Stores the result, keeps the effect or takes it back first, and commits. Once.
  virtual Future<Result<CompleteResult>> complete(StoredResult result, Milliseconds ttl,
                                                  bool keep_effect) = 0;
  // Takes back everything, the claim included; so does the destructor.
  virtual Future<Result<FenceResult>> release() = 0;
  virtual ~Transaction() = default;
};

class CPP_LITE_API TransactionalStore : public Store {
 public:
  virtual Future<Result<std::unique_ptr<Transaction>>> open(BeginArgs args) = 0;
};

}  // namespace cpp_lite::idempotency

namespace cpp_lite {

using IdempotencyStore = idempotency::Store;

struct MemoryStoreOptions {
  Clock* clock = nullptr;             // null: the system's; must outlive the store
  std::size_t max_records = 1 << 20;  // beyond it calls with new keys are refused
};

// Forgets everything when the process ends: for tests, and for caches of one process. Time is the
// clock's.
CPP_LITE_API std::shared_ptr<IdempotencyStore> memory_store(MemoryStoreOptions options = {});

}  // namespace cpp_lite
