// What a server remembers of streams that are over, to tell a peer that breaks a rule from one
// whose frames crossed ours on the way.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace cpp_lite::h2 {

class PastStreams {
 public:
  // A request opened `id`; the highest before it was `last`. What lies between is closed by that
  // (RFC 9113 5.1.1).
  void opened(std::int32_t id, std::int32_t last) {
    if (id > last + 2) skipped_.add({last, id});
  }
  // The peer sends nothing more on it: it said so by END_STREAM or RST_STREAM.
  void ended_by_peer(std::int32_t id) { ended_.add(id); }

  // The error of a peer that sends HEADERS on `id`, which is not open and not above the
  // highest that was: STREAM_CLOSED on one that it had ended (5.1), PROTOCOL_ERROR on one that it
  // passed over (5.1.1). Nothing: it may not have known, or it is too long ago to tell.
  std::optional<std::uint32_t> fault_of(std::int32_t id) const {
    constexpr std::uint32_t kProtocolError = 1, kStreamClosed = 5;
    if (ended_.any([id](std::int32_t past) { return past == id; })) return kStreamClosed;
    if (skipped_.any([id](Gap gap) { return gap.after < id && id < gap.before; })) {
      return kProtocolError;
    }
    return std::nullopt;
  }

 private:
  struct Gap {
    std::int32_t after = 0, before = 0;
  };
  // The last few.
  template <typename T, std::size_t kMost>
  class Ring {
   public:
    void add(T value) { values_[next_++ % kMost] = value; }
    template <typename F>
    bool any(F test) const {
      return std::any_of(values_.begin(), values_.begin() + std::min(next_, kMost), test);
    }

   private:
    std::array<T, kMost> values_{};
    std::size_t next_ = 0;
  };

  Ring<std::int32_t, 32> ended_;
  Ring<Gap, 8> skipped_;
};

}  // namespace cpp_lite::h2
