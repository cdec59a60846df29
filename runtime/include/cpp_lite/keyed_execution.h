// What the handler of a keyed method sees of its execution: context.idempotency().
#pragma once

#include <cpp_lite/export.h>

#include <string>
#include <string_view>

namespace cpp_lite {

// One execution of a keyed call, as its handler sees it.
class CPP_LITE_API KeyedExecution {
 public:
  // False: this call runs without a key, and nothing else here means anything.
  virtual bool keyed() const = 0;
  virtual std::string key() const = 0;
  // 1: the first execution of this key. More: an earlier one was cut short, and what it did
  // downstream is unknown.
  virtual int attempt() const = 0;
  // The key to hand to a service that this handler calls: the same for every execution of this key,
  // another one for every other key, caller, method and label.
  virtual std::string downstream_key(std::string_view label) = 0;
  // Nobody waits for the answer any more; the execution goes on all the same.
  virtual bool client_gone() const = 0;
  // Of TRANSACTIONAL methods: the transaction that is committed with the answer, as the store's
  // header gives it a type; null: none.
  virtual void* transaction() const = 0;
  virtual std::string_view transaction_kind() const = 0;  // "sqlite", "postgresql"

 protected:
  ~KeyedExecution() = default;
};

// The execution of calls that have no key.
CPP_LITE_API KeyedExecution& unkeyed_execution();

}  // namespace cpp_lite
