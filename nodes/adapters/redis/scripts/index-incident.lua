--[[
  Brings the index up to one version of an incident; a version older than the indexed one changes nothing.

  KEYS[1]  sorted set of ids by update
  KEYS[2]  hash of what is indexed: id → '<version> <stage position>'
  KEYS[3]  sorted set of pending transitions
  KEYS[4…] sorted sets of ids by update, one per stage

  ARGV[1]  incident id
  ARGV[2]  version
  ARGV[3]  updatedAt, milliseconds
  ARGV[4]  position of the stage, from 1; 0 takes the incident out of the index
  ARGV[5]  pending member that is settled by this, '' for none

  Returns 1.
]]
if ARGV[5] ~= '' then redis.call('ZREM', KEYS[3], ARGV[5]) end
local version, stage = 0, 0
local indexed = redis.call('HGET', KEYS[2], ARGV[1])
if indexed then
    version, stage = string.match(indexed, '^(%d+) (%d+)$')
    version, stage = tonumber(version), tonumber(stage)
end
local to = tonumber(ARGV[4])
if to == 0 then
    if stage > 0 then redis.call('ZREM', KEYS[3 + stage], ARGV[1]) end
    redis.call('ZREM', KEYS[1], ARGV[1])
    redis.call('HDEL', KEYS[2], ARGV[1])
    return 1
end
if tonumber(ARGV[2]) < version then return 1 end
if stage > 0 and stage ~= to then redis.call('ZREM', KEYS[3 + stage], ARGV[1]) end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('ZADD', KEYS[3 + to], ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[4])
return 1
