#include "io/descriptor_reserve.h"

#include <fcntl.h>

#include <algorithm>
#include <vector>

#include "io/fd.h"
#include "io/loop_asio.h"

namespace cpp_lite::io {
namespace {

// So many at a time: as many as there are, within these bounds.
constexpr std::size_t kFewest = 8;
constexpr std::size_t kMost = 256;  // 11 pages

}  // namespace

// Registering takes a record, deregistering puts it among the free ones, from where the next ones
// are taken. What is registered is a device that epoll does not know: that is not an error, as
// reads of such never wait, and so it can be registered any number of times, with one system call
// each. Where that fails, records are taken one by one as ever.
void DescriptorReserve::prepare(AsioLoop& loop, std::size_t present) {
  if (present < made_) return;
  const std::size_t count = std::clamp(made_, kFewest, kMost);
  made_ += count;
  const Fd device(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!device) return;
  std::vector<asio::posix::stream_descriptor> places;
  places.reserve(count);
  for (std::size_t i = 0; i < count; ++i) places.emplace_back(loop.context());
  for (auto& place : places) {
    asio::error_code error;
    place.assign(device.get(), error);
    if (error) break;
  }
  for (auto& place : places) {
    if (place.is_open()) place.release();
  }
}

}  // namespace cpp_lite::io
