-- Newest. ARGV: clock, how many facts, then keys. Answer: the owner's revision, the revision
-- after which all facts are in the answer, the facts of the keys, then keys and facts after
-- that revision. Without an owner it is 0 alone.
local expires, rev = owner()
if not live(expires, clock()) then
  return {0}
end
local at = -tonumber(ARGV[2]) - 1
local after = tonumber(redis.call('ZRANGE', KEYS[2], at, at, 'WITHSCORES')[2] or 0)
local out = {rev, after}
for i = 3, #ARGV do
  out[i] = redis.call('HGET', KEYS[1], '/' .. ARGV[i])
end
return since(after, out)
