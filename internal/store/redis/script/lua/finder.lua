-- What an owner is found by is a member of a sorted set per term, by when it stands among
-- others. finds adds an owner: KEYS[k] is what a search answers of it, the sets follow.
-- kept is for how long, in microseconds, and most is the size of a set.
local function finds(k, count, name, at, about, kept, most)
  if about ~= '' then
    redis.call('SET', KEYS[k], about, 'PX', milliseconds(kept))
  end
  for i = k + 1, k + count do
    if redis.call('ZADD', KEYS[i], at, name) == 1 then
      redis.call('PEXPIRE', KEYS[i], milliseconds(kept))
      if redis.call('ZCARD', KEYS[i]) > most then
        redis.call('ZREMRANGEBYRANK', KEYS[i], 0, -1 - most)
      end
    end
  end
end
