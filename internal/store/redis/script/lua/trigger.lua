-- A trigger is a field of KEYS[1], the hash of an avail of a session: its events,
-- those that are sent, when it was last widened, and until when it is kept at least.
-- While it has unsent events its name is in KEYS[2] by the time at which it is due, or
-- in KEYS[3] by the end of the claim on it, and in KEYS[4] by the time at which it was
-- widened. KEYS[5] is the hash of what was tried.

local function trigger(field)
  local stored = redis.call('HGET', KEYS[1], field)
  if not stored then
    return nil
  end
  return string.sub(stored, 1, 8), string.sub(stored, 9, 16), struct.unpack('>I8I8', stored, 17)
end

local function put(field, events, sent, at, untl)
  redis.call('HSET', KEYS[1], field, events .. sent .. struct.pack('>I8I8', at, untl))
end
