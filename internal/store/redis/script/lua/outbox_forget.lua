-- Take the name of a trigger that is not there out of a shard, after its keys were
-- evicted or deleted by hand.
if not redis.call('HGET', KEYS[1], ARGV[2]) then
  for i = 2, 4 do
    redis.call('ZREM', KEYS[i], ARGV[3])
  end
end
return 0
