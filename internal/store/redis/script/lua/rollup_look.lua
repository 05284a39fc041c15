-- The sums of a shard. KEYS: sums, taken. Answer: both.
return {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
