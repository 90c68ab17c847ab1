--[[
  Brings the index up to one version of an incident, see put-in-index.lua.

  KEYS[1]  sorted set of pending transitions
  KEYS[2…] the index

  ARGV[1]  incident id
  ARGV[2]  version
  ARGV[3]  updatedAt, milliseconds
  ARGV[4]  position of the stage, from 1; 0 takes the incident out of the index
  ARGV[5]  flow position
  ARGV[6]  pending member that is settled by this, '' for none

  Returns 1.
]]
if ARGV[6] ~= '' then redis.call('ZREM', KEYS[1], ARGV[6]) end
putInIndex({ unpack(KEYS, 2) }, ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5])
return 1
