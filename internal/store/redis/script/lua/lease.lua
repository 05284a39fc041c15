-- Lease and Extend. A lease is KEYS[1]: when it ends, and its owner. ARGV: clock,
-- owner, ttl, and 'extend' where only the owner may have it. Answer: 1 or 0, and
-- when the lease ends.
local now, ttl = clock(), tonumber(ARGV[3])
local held = redis.call('GET', KEYS[1])
local ends, holder = 0, nil
if held then
  ends = struct.unpack('>I8', held)
  if ends > now then
    holder = string.sub(held, 9)
  end
end
if holder and holder ~= ARGV[2] or not holder and ARGV[4] == 'extend' then
  return {0, ends}
end
redis.call('SET', KEYS[1], struct.pack('>I8', now + ttl) .. ARGV[2], 'PX', milliseconds(ttl))
return {1, now + ttl}
