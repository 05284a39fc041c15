-- Settle. ARGV: clock, field, name, the events that are sent, those that were claimed,
-- the end of the claim, when the others are due, for how long attempts are kept, how many
-- URLs were tried, then the URL, the attempt, its event, its count, whether it is done, the
-- count of its increments and the increments of each, then an event, the count of its
-- increments and the increments, over and over.
local now = clock()
local events, before, at, untl = trigger(ARGV[2])
if not events then
  return 0
end
local sent = either(before, ARGV[4])

-- news is whether attempt i goes beyond what is stored of it.
local function news(i)
  if without(ARGV[i + 2], before) == NONE then
    return false
  end
  local stored = redis.call('HGET', KEYS[5], ARGV[i])
  if not stored then
    return true
  end
  local count, done = string.match(stored, '^(%d+) %S+ (%d)')
  return done == '0' and (ARGV[i + 4] == '1' or tonumber(ARGV[i + 3]) > tonumber(count))
end

local i = 10
local tried = {}
for _ = 1, tonumber(ARGV[9]) do
  local count = tonumber(ARGV[i + 5])
  if count > 0 and news(i) then
    increase(KEYS[6], KEYS[7], i + 6, count)
  end
  tried[#tried + 1] = ARGV[i]
  tried[#tried + 1] = ARGV[i + 1]
  i = i + 6 + 2 * count
end
while i <= #ARGV do
  local count = tonumber(ARGV[i + 1])
  if without(without(sent, without(sent, ARGV[i])), before) ~= NONE then
    increase(KEYS[6], KEYS[7], i + 2, count)
  end
  i = i + 2 + 2 * count
end
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
for k = 1, #tried, 2 do
  redis.call('HSET', KEYS[5], tried[k], tried[k + 1])
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
