-- Every script begins with this file. ARGV[1] is the time of a test's clock in
-- Unix microseconds, or empty for the server's clock. Numbers up to 2^53 are exact
-- in Lua; sets of 64 events and ranks are strings of 8 bytes, big endian.

-- META is the hash field with what is not a value: it begins with '@', the fields of
-- values begin with '/'.
local META = '@'

local function clock()
  if ARGV[1] ~= '' then
    return tonumber(ARGV[1])
  end
  local t = redis.call('TIME')
  return t[1] * 1000000 + t[2]
end

-- late is an error where a write comes after the time at which its caller has given up,
-- in Unix microseconds of the server's clock, or empty: one that a stopped server finds
-- in its buffers must not be done when nobody counts on it any more.
local function late(deadline)
  if ARGV[1] == '' and deadline ~= '' and clock() > tonumber(deadline) then
    return redis.error_reply('LATE the caller has given up')
  end
end

local function text(number)
  return string.format('%.0f', number)
end

local function milliseconds(microseconds)
  return text(math.max(1, math.ceil(microseconds / 1000)))
end

-- above is whether the 8 bytes of a are a greater unsigned number than those of b.
local function above(a, b)
  local ah, al = struct.unpack('>I4I4', a)
  local bh, bl = struct.unpack('>I4I4', b)
  return ah > bh or ah == bh and al > bl
end

-- either and without are a or b, and a and not b.
local function either(a, b)
  local ah, al = struct.unpack('>I4I4', a)
  local bh, bl = struct.unpack('>I4I4', b)
  return struct.pack('>I4I4', bit.bor(ah, bh) % 0x100000000, bit.bor(al, bl) % 0x100000000)
end

local function without(a, b)
  local ah, al = struct.unpack('>I4I4', a)
  local bh, bl = struct.unpack('>I4I4', b)
  return struct.pack('>I4I4', bit.band(ah, bit.bnot(bh)) % 0x100000000, bit.band(al, bit.bnot(bl)) % 0x100000000)
end

local NONE = string.rep('\0', 8)
