-- Settle. ARGV: clock, field, name, the events that are sent, those that were claimed,
-- the end of the claim, when the others are due, for how long attempts are kept, then
-- URLs and attempts.
local now = clock()
local events, before, at, untl = trigger(ARGV[2])
if not events then
  return 0
end
local sent = either(before, ARGV[4])
put(ARGV[2], events, sent, at, untl)
if without(events, sent) == NONE then
  for i = 2, 4 do
    redis.call('ZREM', KEYS[i], ARGV[3])
  end
  redis.call('DEL', KEYS[5])
  local last = 0
  for _, stored in ipairs(redis.call('HVALS', KEYS[1])) do
    if without(string.sub(stored, 1, 8), string.sub(stored, 9, 16)) ~= NONE then
      return 0
    end
    last = math.max(last, (struct.unpack('>I8', stored, 25)))
  end
  redis.call('PEXPIRE', KEYS[1], milliseconds(last - now))
  return 0
end
for i = 9, #ARGV, 2 do
  redis.call('HSET', KEYS[5], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[5], milliseconds(tonumber(ARGV[8])))
local claimed = redis.call('ZSCORE', KEYS[3], ARGV[3])
if not claimed or tonumber(claimed) ~= tonumber(ARGV[6]) then
  return 0
end
local due = tonumber(ARGV[7])
if without(without(events, before), ARGV[5]) ~= NONE then
  due = now
end
redis.call('ZREM', KEYS[3], ARGV[3])
redis.call('ZADD', KEYS[2], text(due), ARGV[3])
return 0
