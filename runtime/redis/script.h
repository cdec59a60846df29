// The one script of the store: compare and set. What may follow what is decided in state.h; here
// is only made sure that it was decided on what is there.
#pragma once

namespace cpp_lite::redis {

// KEYS: the record, ids, expiry, scopes.
// ARGV: 1 version that must be there, 2 the new value ("": none), 3 id, 4 purge from ("": never),
//   5 holds until, 6 scope, 7 records gained, 8 bytes gained, 9 most records, 10 most bytes (0: no
//   bound).
// Answers 1, or {time, value, records and bytes of the scope}.
inline constexpr const char* kSwapScript = R"lua(
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function used(what)
  return tonumber(redis.call('HGET', KEYS[4], what .. ARGV[6]) or 0)
end
local function refused()
  return {now, redis.call('GET', KEYS[1]), used('n'), used('b')}
end
if redis.call('GETRANGE', KEYS[1], 0, 15) ~= ARGV[1] or now >= tonumber(ARGV[5]) then
  return refused()
end
local most_records, most_bytes = tonumber(ARGV[9]), tonumber(ARGV[10])
if ARGV[7] == '1' and
    ((most_records > 0 and used('n') >= most_records) or
     (most_bytes > 0 and used('b') + ARGV[8] > most_bytes)) then
  return refused()
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[3])
else
  redis.call('SET', KEYS[1], ARGV[2])
  if ARGV[7] == '1' then redis.call('ZADD', KEYS[2], 0, ARGV[3]) end
end
if ARGV[4] ~= '' then
  redis.call('ZADD', KEYS[3], ARGV[4], ARGV[3])
elseif ARGV[7] ~= '1' then
  redis.call('ZREM', KEYS[3], ARGV[3])
end
if ARGV[8] ~= '0' then redis.call('HINCRBY', KEYS[4], 'b' .. ARGV[6], ARGV[8]) end
if ARGV[7] ~= '0' and redis.call('HINCRBY', KEYS[4], 'n' .. ARGV[6], ARGV[7]) <= 0 then
  redis.call('HDEL', KEYS[4], 'n' .. ARGV[6], 'b' .. ARGV[6])
end
return 1
)lua";

}  // namespace cpp_lite::redis
