// The script of an in-process channel's faults, and the pipes that it is applied to.
#pragma once

#include <cpp_lite/testing.h>

#include <memory>
#include <mutex>
#include <vector>

#include "io/pipe.h"

namespace cpp_lite::testing {

// Settings come from any thread; each pipe belongs to a loop, where they are applied. Channels of
// several servers may share one script.
class PipeScript final : public Faults, public std::enable_shared_from_this<PipeScript> {
 public:
  void refuse_connections(bool refuse) override;
  void stall_requests(bool stall) override;
  void stall_responses(bool stall) override;
  void chunk(std::size_t bytes) override;
  void cut() override;
  void cut_after_requests(std::size_t bytes) override;
  void cut_after_responses(std::size_t bytes) override;

  // A pipe on the loop, faults applied; its client end is null when connections are refused. Loop.
  io::Pipe connect(const std::shared_ptr<Loop>& loop);

 private:
  struct Line {
    std::weak_ptr<Loop> loop;
    std::weak_ptr<io::PipeControl> pipe;  // locked on that loop only
  };
  template <typename Change>
  void change(Change what);
  void apply(io::PipeControl& pipe);  // on its loop
  template <typename Action>
  void on_each_pipe(Action action);  // each on its loop, soon

  std::mutex mutex_;
  // Guarded by mutex_.
  io::PipeFaults to_server_, to_client_;
  bool refuse_ = false;
  std::vector<Line> lines_;
};

}  // namespace cpp_lite::testing
