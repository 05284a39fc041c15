-- Remove taken sums that are in blocks. KEYS: sums, taken. ARGV: clock, generation.
if redis.call('HGET', KEYS[2], META) == ARGV[2] then
  redis.call('DEL', KEYS[2])
end
return 0
