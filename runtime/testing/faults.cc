#include "testing/faults.h"

namespace cpp_lite::testing {

std::shared_ptr<Faults> Faults::create() { return std::make_shared<PipeScript>(); }

template <typename Change>
void PipeScript::change(Change what) {
  std::shared_ptr<Loop> loop;
  {
    std::lock_guard lock(mutex_);
    what(*this);
    loop = loop_;
  }
  if (loop != nullptr) loop->post([self = shared_from_this()] { self->apply(); });
}

void PipeScript::apply() {
  io::PipeFaults to_server, to_client;
  {
    std::lock_guard lock(mutex_);
    to_server = to_server_;
    to_client = to_client_;
  }
  for (const auto& weak : pipes_) {
    if (const auto pipe = weak.lock()) {
      pipe->set_to_server(to_server);
      pipe->set_to_client(to_client);
    }
  }
}

io::Pipe PipeScript::connect(const std::shared_ptr<Loop>& loop) {
  {
    std::lock_guard lock(mutex_);
    loop_ = loop;
    if (refuse_) return {};
  }
  io::Pipe pipe = io::make_pipe(*loop);
  std::erase_if(pipes_, [](const auto& weak) { return weak.expired(); });
  pipes_.push_back(pipe.control);
  apply();
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
  std::shared_ptr<Loop> loop;
  {
    std::lock_guard lock(mutex_);
    loop = loop_;
  }
  if (loop == nullptr) return;
  loop->post([self = shared_from_this()] {
    for (const auto& weak : self->pipes_) {
      if (const auto pipe = weak.lock()) pipe->cut("connection cut");
    }
  });
}

}  // namespace cpp_lite::testing
