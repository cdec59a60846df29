// What each call of a run says and has to hear, byte by byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

struct Script {
  static constexpr std::size_t kNone = SIZE_MAX;
  // The number of a call in decimal, where it stands in request and response.
  static constexpr std::size_t kDigits = 12;

  std::string path;
  std::string request;         // one message with its prefix
  std::uint64_t requests = 1;  // how often it is sent
  bool closes = true;          // its side, after the last one
  std::string response;
  std::uint64_t responses = 1;
  std::size_t request_digits = kNone, response_digits = kNone;
  int status = 0;  // the call ends with this

  std::uint64_t request_bytes() const { return requests * request.size(); }
  std::uint64_t response_bytes() const { return responses * response.size(); }
};

Script charge_card();
Script refused_charge(bool without_key);
// A stream of `count` transactions whose ids have `size` bytes; 0: as small ones come.
Script stream_transactions(std::uint64_t count, std::size_t size);
// A batch of `count` charges whose descriptions have `size` bytes; 0: without one.
Script batch_charge(std::uint64_t count, std::size_t size);
// A chat of one message each way, of `size` bytes.
Script payment_chat(std::size_t size);
// A chat in which nobody says anything: stays open.
Script silent_chat();

// Writes `number` into `message` at `at`.
void put_digits(std::string& message, std::size_t at, std::uint64_t number);

}  // namespace bench
