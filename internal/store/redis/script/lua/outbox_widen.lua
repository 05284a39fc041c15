-- Widen. ARGV: clock, field, name, events, at, ttl. Answer: the new events.
local now = clock()
local events, sent, _, untl = trigger(ARGV[2])
local added = without(ARGV[4], events or NONE)
if added == NONE then
  return NONE
end
events = either(events or NONE, ARGV[4])
put(ARGV[2], events, sent or NONE, tonumber(ARGV[5]), math.max(untl or 0, now + tonumber(ARGV[6])))
redis.call('PERSIST', KEYS[1])
local claimed = redis.call('ZSCORE', KEYS[3], ARGV[3])
if not claimed or tonumber(claimed) <= now then
  redis.call('ZREM', KEYS[3], ARGV[3])
  redis.call('ZADD', KEYS[2], text(now), ARGV[3])
end
redis.call('ZADD', KEYS[4], ARGV[5], ARGV[3])
return added
