// From a host name to addresses, without blocking a loop.
#pragma once

#include <cpp_lite/loop.h>
#include <cpp_lite/status.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "io/endpoint.h"
#include "io/operation.h"
#include "io/target.h"

namespace cpp_lite::io {

class ResolverThread;

// OK and at least one endpoint, in the system's order of preference; or UNAVAILABLE and none.
using ResolveCallback = std::function<void(Status, std::vector<Endpoint>)>;

// Resolves a target. Call it on the loop's thread; the callback comes there too, once, and never
// inside this call. A target that holds addresses needs no thread. Names go, in order, to one
// resolver thread per process, which exists only while somebody uses it. Giving the operation up
// does not wait for a lookup that the system is busy with.
[[nodiscard]] std::unique_ptr<Operation> resolve(const std::shared_ptr<Loop>& loop,
                                                 const Target& target, ResolveCallback callback);

// The same on a resolver of the caller's choice, for tests.
[[nodiscard]] std::unique_ptr<Operation> resolve(const std::shared_ptr<Loop>& loop,
                                                 const Target& target, ResolveCallback callback,
                                                 std::shared_ptr<ResolverThread> resolver);

// The same in the calling thread, which it blocks: for listen().
Status resolve_now(const Target& target, std::vector<Endpoint>& endpoints);

}  // namespace cpp_lite::io
