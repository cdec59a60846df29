#include "testing/faults.h"

namespace cpp_lite::testing {

std::shared_ptr<Faults> Faults::create() { return std::make_shared<PipeScript>(); }

template <typename Action>
void PipeScript::on_each_pipe(Action action) {
  std::vector<Line> lines;
  {
    std::lock_guard lock(mutex_);
    lines = lines_;
  }
  for (Line& line : lines) {
    const std::shared_ptr<Loop> loop = line.loop.lock();
    if (loop == nullptr) continue;
    loop->post([action, weak = std::move(line.pipe)] {
      if (const auto pipe = weak.lock()) action(*pipe);
    });
  }
}

template <typename Change>
void PipeScript::change(Change what) {
  {
    std::lock_guard lock(mutex_);
    what(*this);
  }
  on_each_pipe([self = shared_from_this()](io::PipeControl& pipe) { self->apply(pipe); });
}

void PipeScript::apply(io::PipeControl& pipe) {
  io::PipeFaults to_server, to_client;
  {
    std::lock_guard lock(mutex_);
    to_server = to_server_;
    to_client = to_client_;
  }
  pipe.set_to_server(to_server);
  pipe.set_to_client(to_client);
}

io::Pipe PipeScript::connect(const std::shared_ptr<Loop>& loop) {
  io::Pipe pipe = io::make_pipe(*loop);
  {
    std::lock_guard lock(mutex_);
    if (refuse_) return {};
    std::erase_if(lines_, [](const Line& line) { return line.pipe.expired(); });
    lines_.push_back({loop, pipe.control});
  }
  apply(*pipe.control);
  return pipe;
}

void PipeScript::refuse_connections(bool refuse) {
  change([=](PipeScript& self) { self.refuse_ = refuse; });
}
void PipeScript::stall_requests(bool stall) {
  change([=](PipeScript& self) { self.to_server_.stall = stall; });
}
void PipeScript::stall_responses(bool stall) {
  change([=](PipeScript& self) { self.to_client_.stall = stall; });
}
void PipeScript::chunk(std::size_t bytes) {
  change([=](PipeScript& self) { self.to_server_.chunk = self.to_client_.chunk = bytes; });
}
void PipeScript::cut_after_requests(std::size_t bytes) {
  change([=](PipeScript& self) { self.to_server_.cut_after = bytes; });
}
void PipeScript::cut_after_responses(std::size_t bytes) {
  change([=](PipeScript& self) { self.to_client_.cut_after = bytes; });
}

void PipeScript::cut() {
  on_each_pipe([](io::PipeControl& pipe) { pipe.cut("connection cut"); });
}

}  // namespace cpp_lite::testing
