-- Create and Append. ARGV: clock, deadline, remains, ttl (0 is for ever), the revision
-- that the owner has to be at or empty, the owner, for how long and how many owners are
-- found, then for each fact the key, the rank, the value, the count of increments, the
-- increments, the count of terms, and with terms when the owner stands and what is told of
-- it. KEYS from the fifth on are those of the terms: see lua/finder.lua. Answer: 1, the
-- revision, the time, and each fact as it is stored; or 0, the revision, the time, and the
-- keys and facts since the revision of the call.
--
-- A revision is a time, so that those which a failover has lost are not given again.
local refusal = late(ARGV[2])
if refusal then
  return refusal
end
local now, remains, ttl = clock(), tonumber(ARGV[3]), tonumber(ARGV[4])
local expires, rev = owner()
local alive = live(expires, now)
if ARGV[5] ~= '' then
  local at = alive and rev or 0
  if at ~= tonumber(ARGV[5]) then
    local out = {0, at, now}
    return alive and since(tonumber(ARGV[5]), out) or out
  end
end
local next = math.max(rev, now)
if not alive then
  if expires then -- a server whose memory is full refuses HSET, but not after DEL
    redis.call('DEL', KEYS[1], KEYS[2])
  end
  expires, rev = now, 0
end
if ttl == 0 then
  expires = 0
elseif expires ~= 0 then
  expires = math.max(expires, now + ttl)
end
local out = {1, 0, now}
local i, found = 9, 5
while i <= #ARGV do
  local field = '/' .. ARGV[i]
  local stored, fresh = redis.call('HGET', KEYS[1], field), false
  if not stored or above(ARGV[i + 1], string.sub(stored, 9, 16)) then
    next = next + 1
    rev = next
    stored = struct.pack('>I8', rev) .. ARGV[i + 1] .. ARGV[i + 2]
    redis.call('HSET', KEYS[1], field, stored)
    redis.call('ZADD', KEYS[2], text(rev), ARGV[i])
    increase(KEYS[3], KEYS[4], i + 4, tonumber(ARGV[i + 3]))
    fresh = true
  end
  out[#out + 1] = stored
  i = i + 4 + 2 * tonumber(ARGV[i + 3])
  local terms = tonumber(ARGV[i])
  i = i + 1
  if terms > 0 then
    if fresh then
      finds(found, terms, ARGV[6], ARGV[i], ARGV[i + 1], tonumber(ARGV[7]), tonumber(ARGV[8]))
    end
    found = found + 1 + terms
    i = i + 2
  end
end
keep(expires, rev, now, remains)
out[2] = rev
return out
