-- A shard of what is added to roll-ups is a hash of sums by name, and its '@' field, the
-- number of its generation: see rollups.go. The key with the last number given is kept, so
-- that no number is given again. Numbers are times, so that those which a failover has
-- lost are not given again either.
--
-- increase adds to the sums in key the count pairs of a name and a number in ARGV from i
-- on, and returns the index after them.
local function increase(key, last, i, count)
  if count > 0 and redis.call('EXISTS', key) == 0 then
    local number = math.max(tonumber(redis.call('GET', last) or 0) + 1, clock())
    redis.call('SET', last, text(number))
    redis.call('HSET', key, META, text(number))
  end
  for k = i, i + 2 * count - 1, 2 do
    redis.call('HINCRBY', key, '/' .. ARGV[k], ARGV[k + 1])
  end
  return i + 2 * count
end
