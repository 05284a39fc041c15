-- Take the sums of a shard, so that nothing is added to them any more, unless sums that
-- were taken before are there still. KEYS: sums, taken. Answer: what is taken.
if redis.call('EXISTS', KEYS[2]) == 0 and redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('RENAME', KEYS[1], KEYS[2])
end
return redis.call('HGETALL', KEYS[2])
