#include <cpp_lite/asio.h>
#include <gtest/gtest.h>

#include <array>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/connect_pipe.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/readable_pipe.hpp>
#include <asio/steady_timer.hpp>
#include <asio/writable_pipe.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "support/executors.h"
#include "tracer.h"

namespace cpp_lite {
namespace {

using namespace std::chrono_literals;

// A timer that has expired is ready without time passing; one that is cancelled ends at once.
Future<std::string> waits_for_a_timer(asio::io_context& context) {
  asio::steady_timer timer(context, 0s);
  co_await timer.async_wait(use_future);
  co_return "rang";
}

TEST(UseFuture, AwaitsAnOperationOfAsio) {
  asio::io_context context;
  Future<std::string> rang = waits_for_a_timer(context);
  EXPECT_FALSE(rang.ready());
  context.run();
  EXPECT_EQ(rang.get(), "rang");
}

TEST(UseFuture, ThrowsTheErrorOfTheOperation) {
  asio::io_context context;
  asio::steady_timer timer(context, 1h);
  Future<void> waited = timer.async_wait(use_future);
  timer.cancel();
  context.run();
  try {
    waited.get();
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code(), asio::error::operation_aborted);
  }
}

TEST(UseFuture, YieldsTheValueOfTheOperation) {
  asio::io_context context;
  asio::readable_pipe in(context);
  asio::writable_pipe out(context);
  asio::connect_pipe(in, out);
  asio::write(out, asio::buffer("abc", 3));
  std::array<char, 8> bytes{};
  Future<std::size_t> read = in.async_read_some(asio::buffer(bytes), use_future);
  context.run();
  EXPECT_EQ(read.get(), 3U);
}

TEST(UseFuture, FailsWhenTheContextEndsFirst) {
  Future<void> waited;
  {
    asio::io_context context;
    asio::steady_timer timer(context, 1h);
    waited = timer.async_wait(use_future);
  }
  EXPECT_THROW(waited.get(), std::runtime_error);
}

TEST(UseFuture, MayBeDropped) {
  asio::io_context context;
  asio::steady_timer timer(context, 0s);
  Future<void> waited = timer.async_wait(use_future);
  waited = Future<void>();
  EXPECT_EQ(context.run(), 1U);
}

TEST(UseFuture, ResumesACoroutineWhereItBelongs) {
  asio::io_context context;
  auto home = std::make_shared<support::ManualExecutor>();
  Future<std::string> rang;
  home->run(home, [&] { rang = waits_for_a_timer(context); });
  context.run();
  EXPECT_FALSE(rang.ready());
  home->turn();
  EXPECT_EQ(rang.get(), "rang");
}

TEST(AsioExecutor, RunsOurCoroutinesOnTheContext) {
  asio::io_context context;
  Leaf<int> leaf;
  Future<bool> there = spawn(asio_executor(context), [&]() -> Future<bool> {
    const auto* here = detail::current_scope()->executor.get();
    const bool before = here->is_current();
    co_await std::move(leaf.future);
    co_return before && here->is_current() && detail::current_scope()->executor.get() == here;
  });
  std::thread other([promise = std::move(leaf.promise)]() mutable { promise.set(1); });
  context.run();  // does not return before the coroutine has ended
  other.join();
  EXPECT_TRUE(there.ready());
  EXPECT_TRUE(there.get());
}

TEST(AsioExecutor, RunsOneTaskAtATimeOnAContextWithThreads) {
  asio::io_context context;
  int sum = 0;  // not guarded, on purpose
  {
    auto executor = asio_executor(context.get_executor());
    for (int i = 0; i < 1000; ++i) executor->post([&sum] { ++sum; });
  }
  std::thread one([&] { context.run(); });
  std::thread two([&] { context.run(); });
  one.join();
  two.join();
  EXPECT_EQ(sum, 1000);
}

TEST(AsioExecutor, HasTheFrameOfACoroutineThatIsDroppedElsewhere) {
  asio::io_context context;
  Frames frames;
  Leaf<int> leaf;
  Future<int> future =
      spawn(asio_executor(context), [&] { return waits(frames, std::move(leaf.future)); });
  context.poll();
  EXPECT_EQ(frames.alive(), 1);
  future = Future<int>();
  EXPECT_EQ(frames.alive(), 1);
  context.run();
  EXPECT_EQ(frames.alive(), 0);
  EXPECT_TRUE(*leaf.dropped);
}

#if defined(ASIO_HAS_CO_AWAIT)

asio::awaitable<void> notes(Future<std::unique_ptr<int>> future, std::string& note) {
  try {
    note = std::to_string(*co_await as_awaitable(std::move(future)));
  } catch (const std::exception& error) {
    note = error.what();
  }
}

TEST(AsAwaitable, YieldsWhatIsThere) {
  asio::io_context context;
  std::string note;
  asio::co_spawn(context, notes(std::make_unique<int>(3), note), asio::detached);
  context.run();
  EXPECT_EQ(note, "3");
}

TEST(AsAwaitable, WaitsForAFutureOfAnotherThread) {
  for (int i = 0; i < 100; ++i) {
    asio::io_context context;
    Leaf<std::unique_ptr<int>> leaf;
    std::string note;
    asio::co_spawn(context, notes(std::move(leaf.future), note), asio::detached);
    std::thread other(
        [promise = std::move(leaf.promise)]() mutable { promise.set(std::make_unique<int>(4)); });
    context.run();
    EXPECT_EQ(note, "4");
    other.join();
  }
}

TEST(AsAwaitable, ThrowsWhatTheFutureFailsWith) {
  asio::io_context context;
  Leaf<std::unique_ptr<int>> leaf;
  std::string note;
  asio::co_spawn(context, notes(std::move(leaf.future), note), asio::detached);
  context.poll();
  leaf.promise.fail(std::make_exception_ptr(std::runtime_error("no")));
  context.run();
  EXPECT_EQ(note, "no");
}

TEST(AsAwaitable, WaitsForVoid) {
  asio::io_context context;
  Leaf<void> leaf;
  bool done = false;
  const auto work = [](Future<void> future, bool& flag) -> asio::awaitable<void> {
    co_await as_awaitable(std::move(future));
    flag = true;
  };
  asio::co_spawn(context, work(std::move(leaf.future), done), asio::detached);
  context.poll();
  EXPECT_FALSE(done);
  leaf.promise.set();
  context.run();
  EXPECT_TRUE(done);
}

TEST(AsAwaitable, DropsTheFutureWhenTheAsioOperationIsCancelled) {
  asio::io_context context;
  Leaf<std::unique_ptr<int>> leaf;
  std::string note;
  asio::cancellation_signal cancel;
  asio::co_spawn(context, notes(std::move(leaf.future), note),
                 asio::bind_cancellation_slot(cancel.slot(), asio::detached));
  context.poll();
  EXPECT_FALSE(*leaf.dropped);
  cancel.emit(asio::cancellation_type::terminal);
  context.run();
  EXPECT_TRUE(*leaf.dropped);
  EXPECT_EQ(note, std::system_error(asio::error::operation_aborted).what());
}

#endif

}  // namespace
}  // namespace cpp_lite
