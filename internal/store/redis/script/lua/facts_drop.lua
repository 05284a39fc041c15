-- Drop. ARGV: clock, then the keys.
for i = 2, #ARGV do
  redis.call('HDEL', KEYS[1], '/' .. ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
end
return 0
