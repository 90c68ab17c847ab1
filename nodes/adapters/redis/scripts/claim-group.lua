--[[
  Makes a candidate the group's current incident if the group has none.

  KEYS[1]  group hash: current, previous

  ARGV[1]  id of the candidate

  Returns { current, previous }; previous is nil when the group had none.
]]
redis.call('HSETNX', KEYS[1], 'current', ARGV[1])
return redis.call('HMGET', KEYS[1], 'current', 'previous')
