-- Get. ARGV: clock, then the keys. Answer: the facts, or nothing without an owner.
local expires = owner()
if not live(expires, clock()) then
  return {}
end
local out = {}
for i = 2, #ARGV do
  out[i - 1] = redis.call('HGET', KEYS[1], '/' .. ARGV[i])
end
return out
