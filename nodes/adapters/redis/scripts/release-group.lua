--[[
  Ends an incident's hold of the group: it becomes the previous one.

  KEYS[1]  group hash: current, previous

  ARGV[1]  id of the incident

  Returns 1, or 0 when the incident did not hold the group.
]]
if redis.call('HGET', KEYS[1], 'current') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'current')
redis.call('HSET', KEYS[1], 'previous', ARGV[1])
return 1
