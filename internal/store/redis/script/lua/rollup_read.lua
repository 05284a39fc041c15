-- Columns of blocks of a day. KEYS: the state of the day, then the hash of each block.
-- ARGV: clock, 'day' where the blocks are that of the day and those of its hours, then the
-- names of the columns. Answer: the state, then the columns of each block. The hours that
-- the block of the day has are left out.
local state = redis.call('GET', KEYS[1])
local whole = 0
if ARGV[2] == 'day' and state then
  whole = struct.unpack('>I4', state)
end
local names = {}
for i = 3, #ARGV do
  names[#names + 1] = ARGV[i]
end
local out = {state}
for k = 2, #KEYS do
  out[k] = {}
  if k == 2 or bit.band(bit.rshift(whole, k - 3), 1) == 0 then
    out[k] = redis.call('HMGET', KEYS[k], unpack(names))
  end
end
return out
