-- PutDocument and DeleteDocument. A kind is KEYS[1], a hash of its documents, and
-- KEYS[2], a sorted set of their ids. Its META field is its version; a document is its
-- version and its body. ARGV: clock, id, the version it has to be at or -1, and the
-- body, which is absent for a deletion. Answer: 1 and the kind's version, or 0 and
-- the document's.
--
-- A version is a time, so that those which a failover has lost are not given again.
local version, at = 0, 0
local meta = redis.call('HGET', KEYS[1], META)
if meta then
  version = struct.unpack('>I8', meta)
end
local field = '/' .. ARGV[2]
local stored = redis.call('HGET', KEYS[1], field)
if stored then
  at = struct.unpack('>I8', stored)
end
if ARGV[3] ~= '-1' and tonumber(ARGV[3]) ~= at then
  return {0, at}
end
local body = ARGV[4]
if not body and not stored then
  return {1, version}
end
version = math.max(version + 1, clock())
redis.call('HSET', KEYS[1], META, struct.pack('>I8', version))
if body then
  redis.call('HSET', KEYS[1], field, struct.pack('>I8', version) .. body)
  redis.call('ZADD', KEYS[2], 0, ARGV[2])
else
  redis.call('HDEL', KEYS[1], field)
  redis.call('ZREM', KEYS[2], ARGV[2])
end
return {1, version}
