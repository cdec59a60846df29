// Where the reactor's records of descriptors lie in memory.
#pragma once

#include <cstddef>

namespace cpp_lite::io {

class AsioLoop;

// Asio's reactor has a record for each registered descriptor (168 bytes), takes it from malloc when
// no free one is there, and never gives it back. Taken one by one with the connections that they
// are for, records would lie between what connections hold, one in every third page or so, and when
// these are gone malloc could give none of those pages back to the system: after 10,000 connections
// a third of their memory stayed. So records are made ahead, many in a row.
//
// Belongs to the loop's thread.
class DescriptorReserve {
 public:
  // Before a descriptor is registered. `present`: at least so many are registered now.
  void prepare(AsioLoop& loop, std::size_t present);
  std::size_t made() const { return made_; }

 private:
  std::size_t made_ = 0;  // records
};

}  // namespace cpp_lite::io
