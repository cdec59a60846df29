#include <cpp_lite/async.h>

#include <optional>

namespace cpp_lite {
namespace {

// Held by the Future and by what is posted. The timer has the promise, so that a sleeper on a loop
// that ends is woken by an exception instead of never.
struct Sleep {
  explicit Sleep(std::shared_ptr<Loop> on) : loop(std::move(on)), timer(*loop) {}
  std::shared_ptr<Loop> loop;
  Timer timer;                                   // the loop's thread
  std::optional<detail::Promise<void>> forever;  // a timer for the end of time keeps nothing
};

// On the loop's thread now, or soon.
template <typename F>
void run_on(Loop& loop, F work) {
  if (loop.is_current()) return work();
  loop.post(std::move(work));
}

}  // namespace

Future<void> sleep(std::shared_ptr<Loop> loop, std::chrono::nanoseconds duration) {
  const SteadyTime when = Deadline(duration).resolve(loop->now());
  auto sleep = std::make_shared<Sleep>(std::move(loop));
  detail::Promise<void> awake(sleep->loop);
  awake.on_drop([sleep] { run_on(*sleep->loop, [sleep] { sleep->timer.stop(); }); });
  Future<void> result = awake.future();
  Loop& on = *sleep->loop;
  run_on(on, [sleep = std::move(sleep), when, awake = std::move(awake)]() mutable {
    if (when == SteadyTime::max()) {
      sleep->forever.emplace(std::move(awake));
      return;
    }
    sleep->timer.start(when, [awake = std::move(awake)]() mutable { awake.set(); });
  });
  return result;
}

}  // namespace cpp_lite
