-- Find in a shard. KEYS: the sets of the terms. ARGV: clock, from, to (excluded), the time
-- and the name before which to go on (empty without), limit, how many members to look at.
-- Answer: the time and the name at which the search stopped, empty at the end, then times
-- and names, newest first.
local rarest, least = 1, math.huge
for i = 1, #KEYS do
  local n = redis.call('ZCOUNT', KEYS[i], ARGV[2], '(' .. ARGV[3])
  if n < least then
    rarest, least = i, n
  end
end
local out = {'', ''}
local limit, looks = tonumber(ARGV[6]), tonumber(ARGV[7])
local last = '(' .. ARGV[3]
if ARGV[4] ~= '' and tonumber(ARGV[4]) < tonumber(ARGV[3]) then
  last = ARGV[4]
end
local list = redis.call('ZREVRANGEBYSCORE', KEYS[rarest], last, ARGV[2], 'WITHSCORES', 'LIMIT', 0, looks)
for i = 1, #list, 2 do
  local name, at = list[i], text(tonumber(list[i + 1]))
  local has = ARGV[4] == '' or at ~= ARGV[4] or name < ARGV[5]
  for k = 1, #KEYS do
    has = has and (k == rarest or redis.call('ZSCORE', KEYS[k], name))
  end
  if has then
    out[#out + 1] = at
    out[#out + 1] = name
  end
  if #out == 2 + 2 * limit or i + 1 == 2 * looks then
    out[1], out[2] = at, name
    break
  end
end
return out
