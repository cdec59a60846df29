// FrameReader: any bytes, and however they are cut, the same messages and the same end.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "fuzz/check.h"
#include "wire/frame.h"

namespace {

using cpp_lite::wire::FrameReader;

struct Outcome {
  std::vector<std::vector<std::uint8_t>> messages;
  std::vector<bool> compressed;
  bool failed = false;
  bool truncated = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

constexpr std::size_t kLimit = 300;

Outcome read(std::span<const std::uint8_t> input, std::size_t piece) {
  Outcome outcome;
  FrameReader reader(kLimit);
  while (!input.empty()) {
    std::span<const std::uint8_t> part = input.first(std::min(piece, input.size()));
    input = input.subspan(part.size());
    FrameReader::Result result;
    while ((result = reader.next(part)) == FrameReader::Result::message) {
      FUZZ_CHECK(reader.bytes().size() <= kLimit);
      outcome.compressed.push_back(reader.compressed());
      outcome.messages.push_back(reader.take());
    }
    outcome.failed = result == FrameReader::Result::failed;
    FUZZ_CHECK(outcome.failed == !reader.failure().ok());
    if (outcome.failed) break;
    FUZZ_CHECK(part.empty());
  }
  outcome.truncated = reader.truncated();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  const Outcome whole = read(input, size);
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
    FUZZ_CHECK(read(input, piece) == whole);
  }
  std::vector<std::uint8_t> again;
  for (std::size_t i = 0; i < whole.messages.size(); ++i) {
    cpp_lite::wire::frame_into(again, whole.compressed[i], whole.messages[i]);
  }
  FUZZ_CHECK(again.size() <= size && std::equal(again.begin(), again.end(), data));
  return 0;
}
