-- Claim what has been due for the longest time in a shard. KEYS: due, claimed. ARGV:
-- clock, deadline, count, lease. Answer: the end of the claim, then names and since when
-- each was due.
local refusal = late(ARGV[2])
if refusal then
  return refusal
end
local now = clock()
local untl = now + tonumber(ARGV[4])
local list = {}
for i = 1, 2 do
  local due = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', text(now), 'WITHSCORES', 'LIMIT', 0, ARGV[3])
  for k = 1, #due, 2 do
    list[#list + 1] = {due[k], tonumber(due[k + 1])}
  end
end
table.sort(list, function(a, b) return a[2] < b[2] end)
local out = {untl}
for i = 1, math.min(#list, tonumber(ARGV[3])) do
  local name = list[i][1]
  redis.call('ZREM', KEYS[1], name)
  redis.call('ZADD', KEYS[2], text(untl), name)
  out[#out + 1] = name
  out[#out + 1] = list[i][2]
end
return out
