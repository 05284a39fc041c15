-- What is due in a shard. KEYS: due, claimed. ARGV: clock, limit. Answer: times.
local now, out = text(clock()), {}
for i = 1, 2 do
  local due = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
  for k = 2, #due, 2 do
    out[#out + 1] = tonumber(due[k])
  end
end
return out
