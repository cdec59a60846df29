// The thread that waits for the system's name lookups, so that no loop has to.
#pragma once

#include <cpp_lite/status.h>
#include <cpp_lite/task.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/endpoint.h"

namespace cpp_lite::io {

// A name to look up. Shared by the thread and whoever waits for the answer.
struct Lookup {
  std::string host;
  std::uint16_t port = 0;
  std::atomic<bool> unwanted = false;  // nobody waits any more: skipped if it has not begun
  // Called on the resolver's thread, unless unwanted.
  std::function<void(Status, std::vector<Endpoint>)> done;
};

// Blocks until the answer is there.
using LookupFunction = std::function<Status(const Lookup&, std::vector<Endpoint>&)>;

// getaddrinfo(), duplicates removed.
Status system_lookup(const Lookup& lookup, std::vector<Endpoint>& endpoints);

// Looks names up in order, one at a time, on a thread that exists while handles (the shared_ptr)
// do. Thread-safe. When the last handle goes, an idle thread is joined, and one that is inside a
// lookup is left to finish that alone (nothing can interrupt the system's lookup); a new user takes
// it over if he comes before.
class ResolverThread {
 public:
  explicit ResolverThread(LookupFunction lookup);
  ~ResolverThread();
  ResolverThread(const ResolverThread&) = delete;
  ResolverThread& operator=(const ResolverThread&) = delete;

  // The one of this process, with system_lookup.
  static std::shared_ptr<ResolverThread> shared();

  void submit(std::shared_ptr<Lookup> lookup);

 private:
  class State;
  explicit ResolverThread(std::shared_ptr<State> state);

  const std::shared_ptr<State> state_;
};

}  // namespace cpp_lite::io
