// Short words for the values that stores are asked with and answer.
#pragma once

#include <cpp_lite/idempotency.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>

namespace cpp_lite::idempotency::testing {

using namespace std::chrono_literals;

inline constexpr Milliseconds kFail = 0ms;
inline constexpr Milliseconds kAlways = Milliseconds::max();

inline Token token(std::uint8_t n) {
  Token token{};
  token[0] = n;
  return token;
}

// What a call with a key asks of a store.
inline Id id_of(std::uint8_t number) {
  Id id{};
  id[0] = number;
  return id;
}
inline Token token_of(std::uint8_t number) {
  Token token{};
  token[15] = number;
  return token;
}
inline BeginArgs begin_of(std::uint8_t key, std::uint8_t token) {
  BeginArgs args;
  args.id = id_of(key);
  args.token = token_of(token);
  args.lease = 30s;
  args.ttl = 24h;
  args.label = {"/shop.Shop/Buy", "scope", "key-" + std::to_string(key)};
  return args;
}
// As for methods with effects: TRANSACTIONAL.
inline BeginArgs transactional(std::uint8_t key, std::uint8_t token) {
  BeginArgs args = begin_of(key, token);
  args.rerun_until = Milliseconds::max();
  args.expires = true;
  return args;
}
inline StoredResult result_of(const std::string& text) {
  StoredResult result;
  result.message = text;
  result.body = {1, 2, 3};
  return result;
}

inline Fingerprint request(std::uint8_t n) {
  Fingerprint fingerprint;
  fingerprint.reduced[0] = n;
  fingerprint.full[0] = n;
  return fingerprint;
}

inline StoredResult answer(std::string text) {
  StoredResult result;
  result.body.assign(text.begin(), text.end());
  return result;
}

template <typename T, typename Variant>
bool is(const Variant& answer) {
  return std::holds_alternative<T>(answer);
}

inline std::string body_of(const StoredResult& result) {
  return {result.body.begin(), result.body.end()};
}
// The replayed body; "" if it is no replay.
template <typename Variant>
std::string replayed(const Variant& answer) {
  const Replay* replay = std::get_if<Replay>(&answer);
  return replay != nullptr ? body_of(replay->result) : std::string();
}
// Which attempt was granted; 0: none.
inline std::uint32_t attempt(const BeginResult& answer) {
  const Acquired* acquired = std::get_if<Acquired>(&answer);
  return acquired != nullptr ? acquired->attempt : 0;
}

}  // namespace cpp_lite::idempotency::testing
