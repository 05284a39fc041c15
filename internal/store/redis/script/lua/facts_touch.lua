-- Touch. ARGV: clock, remains, ttl.
local now = clock()
local expires, rev = owner()
if live(expires, now) and expires ~= 0 then
  keep(now + tonumber(ARGV[3]), rev, now, tonumber(ARGV[2]))
end
return 0
