// The parts of a store, in the order in which they depend on each other.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

#include "postgres/batcher.h"
#include "postgres/context.h"
#include "postgres/pool.h"

namespace cpp_lite::postgres {

// Held by the store and by its open transactions; by nothing inside.
struct Core {
  static constexpr std::size_t kErrands = 2;  // at most so many wait for a record

  explicit Core(StoreOptions options)
      : context(std::make_shared<Context>(std::move(options))),
        errands(std::make_shared<Pool>(context, kErrands)),
        transactions(std::make_shared<Pool>(context, context->options().connections)),
        batcher(context, errands) {}

  const std::shared_ptr<Context> context;
  // For what has to wait for a record, and for what takes long.
  const std::shared_ptr<Pool> errands;
  // For handlers.
  const std::shared_ptr<Pool> transactions;
  Batcher batcher;
  std::atomic<std::size_t> blocked{0};  // transactions that wait for a record
};

}  // namespace cpp_lite::postgres
