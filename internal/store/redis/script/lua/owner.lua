-- An owner is KEYS[1], a hash, and KEYS[2], a sorted set of the keys of its facts by
-- revision. Its META field is the time at which it expires (0 is never) and its
-- revision. A fact is its revision, its rank and its value.

local function owner()
  local meta = redis.call('HGET', KEYS[1], META)
  if not meta then
    return nil, 0
  end
  return struct.unpack('>I8I8', meta)
end

local function live(expires, now)
  return expires and (expires == 0 or expires > now)
end

-- keep stores an owner's expiry and revision. REMAINS is how long after its expiry
-- the keys can be read, in microseconds.
local function keep(expires, rev, now, remains)
  redis.call('HSET', KEYS[1], META, struct.pack('>I8I8', expires, rev))
  for i = 1, 2 do
    if expires == 0 then
      redis.call('PERSIST', KEYS[i])
    else
      redis.call('PEXPIRE', KEYS[i], milliseconds(expires - now + remains))
    end
  end
end

-- since appends to out the keys and the facts after a revision, in order.
local function since(rev, out)
  local keys = redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. text(rev), '+inf')
  for from = 1, #keys, 1000 do
    local fields = {}
    for i = from, math.min(from + 999, #keys) do
      fields[#fields + 1] = '/' .. keys[i]
    end
    local facts = redis.call('HMGET', KEYS[1], unpack(fields))
    for i, fact in ipairs(facts) do
      out[#out + 1] = keys[from + i - 1]
      out[#out + 1] = fact
    end
  end
  return out
end
