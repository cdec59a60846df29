// A connection inside the process: two transports on one loop, without sockets.
#pragma once

#include <cpp_lite/loop.h>

#include <cstddef>
#include <memory>
#include <string>

#include "h2/transport.h"

namespace cpp_lite::io {

// What can go wrong with one direction of a pipe. Changes hold for bytes not yet delivered.
struct PipeFaults {
  static constexpr std::size_t kNever = static_cast<std::size_t>(-1);

  std::size_t chunk = 0;  // deliver at most so many bytes at a time; 0: as they were written
  std::size_t cut_after = kNever;  // both ends lose the connection once so many bytes have passed
  bool stall = false;              // deliver nothing: a peer that has vanished without a word
};

// The hand on a pipe's faults. Belongs to the loop's thread; may outlive both ends.
class PipeControl {
 public:
  virtual ~PipeControl() = default;

  virtual void set_to_server(const PipeFaults& faults) = 0;
  virtual void set_to_client(const PipeFaults& faults) = 0;
  // Both ends hear on_closed(reason), soon, and nothing after it.
  virtual void cut(std::string reason) = 0;
};

struct Pipe {
  std::unique_ptr<h2::Transport> client;
  std::unique_ptr<h2::Transport> server;
  std::shared_ptr<PipeControl> control;
};

// Call it on the loop's thread. Works on every Loop, tests' own included: events are posted, never
// called inside write(). A pipe holds one write per direction; on_written() comes when the other
// end has had all of it. `loop` must outlive both ends.
Pipe make_pipe(Loop& loop, std::string peer = "inproc:");

}  // namespace cpp_lite::io
