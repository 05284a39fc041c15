-- Expires. Answer: when the owner expires; 0 is never, -1 is that it is not there.
local expires = owner()
if not live(expires, clock()) then
  return -1
end
return expires
