// A connection with what the store keeps behind it: records, and how one takes another's place.
//
// Keys, each beginning with {PREFIX}, so that a cluster keeps them together:
//   :meta        hash: id and secret of the store, schema
//   :r:ID        a record: 16 random bytes, the version, and what idempotency::encode() makes of it
//   :ids         sorted set of all ids, in hexadecimal digits
//   :expiry      sorted set of those that will expire: by when they may be purged, in milliseconds
//   :scopes      hash: n + SCOPE, b + SCOPE: how many records and bytes each scope holds
// None of them has a time to live: Redis by itself forgets nothing.
#pragma once

#include <cpp_lite/idempotency.h>
#include <cpp_lite/result.h>
#include <cpp_lite/status.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "idempotency/state.h"
#include "redis/connection.h"

namespace cpp_lite::redis {

using idempotency::Id;
using idempotency::Milliseconds;
using idempotency::Quota;
using idempotency::Record;
using idempotency::Time;

struct Identity {
  std::string id;
  idempotency::Digest secret{};
};

// A record as it lies in Redis.
struct Stored {
  std::string version;  // empty: there is none
  std::optional<Record> record;
  bool damaged = false;
};
struct Found {
  Time server{};  // what the server's clock said
  std::vector<Stored> records;
};

// A record in another's place, on conditions.
struct Swap {
  Id id{};
  std::string version;             // of what is there now
  std::optional<Record> after;     // nothing: it goes
  Time purge_from{};               // max(): never, as it is
  Time holds_until = Time::max();  // on the server's clock: beyond it nothing is changed
  // What it adds to its scope, and what a scope that grows may hold at most.
  std::string scope;
  std::int64_t records_gained = 0, bytes_gained = 0;
  Quota quota;
};
// What came of it: done, or what is there instead.
struct Swapped {
  bool done = false;
  Time server{};
  Stored now;
  Quota used;  // of the scope
};

// Used by one thread at a time. After an error that is_lost() nothing else works.
class Session {
 public:
  static Result<std::unique_ptr<Session>> open(const Address& address, const std::string& prefix,
                                               std::chrono::nanoseconds timeout);

  const Identity& identity() const { return identity_; }
  Connection& connection() { return *connection_; }
  bool is_lost() const { return lost_ || connection_->is_broken(); }

  // In one round trip. The time is one when they had not been read yet.
  Result<Found> fetch(std::span<const Id> ids);
  // In one round trip; each swap is atomic. An error of a swap: it may have been made.
  std::vector<Result<Swapped>> swap(std::span<const Swap> swaps);
  Result<Time> server_time();
  // Ids of records that may have expired, oldest first.
  Result<std::vector<Id>> purgeable(Time now, std::size_t max);
  // In their order, behind `after`.
  Result<std::vector<Id>> ids(const std::optional<Id>& after, std::size_t max);

 private:
  Session(std::unique_ptr<Connection> connection, const std::string& prefix);
  Status read_identity();
  Status load_script();
  Status check_store(Value id);
  void send(const Swap& swap);
  Result<Swapped> receive_swap(bool& unknown_script);
  Result<std::vector<Id>> read_ids(const Command& command);
  std::string key_of(const Id& id) const;

  const std::unique_ptr<Connection> connection_;
  const std::string meta_, record_, ids_, expiry_, scopes_;  // keys, and the beginning of keys
  std::string script_;                                       // its name in Redis
  Identity identity_;
  bool lost_ = false;
};

}  // namespace cpp_lite::redis
