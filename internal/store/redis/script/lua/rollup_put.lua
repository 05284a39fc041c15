-- Store blocks of a day. KEYS: the state of the day, then the hash of each block. ARGV:
-- clock, the state that was read (empty without), the new state, for how long it is kept,
-- in microseconds, then for each block for how long it is kept, the count of its columns,
-- and their names and contents. Answer: 1, or 0 where another node was faster.
if (redis.call('GET', KEYS[1]) or '') ~= ARGV[2] then
  return 0
end
redis.call('SET', KEYS[1], ARGV[3], 'PX', milliseconds(tonumber(ARGV[4])))
local i = 5
for k = 2, #KEYS do
  local kept, count = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  i = i + 2
  for _ = 1, count do
    redis.call('HSET', KEYS[k], ARGV[i], ARGV[i + 1])
    i = i + 2
  end
  redis.call('PEXPIRE', KEYS[k], milliseconds(kept))
end
return 1
