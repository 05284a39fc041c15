-- Since and Recall. ARGV: clock, how long ago the owner may have expired, the
-- revision. Answer: the owner's revision, then the keys and facts after that of the call.
local expires, rev = owner()
if not live(expires, clock() - tonumber(ARGV[2])) then
  return {0}
end
local after = tonumber(ARGV[3])
if rev <= after then
  return {rev}
end
return since(after, {rev})
