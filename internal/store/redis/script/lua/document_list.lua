-- ListDocuments. ARGV: clock, the id after which to begin, limit. Answer: ids and
-- documents.
local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
local out = {}
for _, id in ipairs(redis.call('ZRANGEBYLEX', KEYS[2], from, '+', 'LIMIT', 0, ARGV[3])) do
  out[#out + 1] = id
  out[#out + 1] = redis.call('HGET', KEYS[1], '/' .. id)
end
return out
