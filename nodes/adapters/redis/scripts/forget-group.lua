--[[
  Takes a deleted incident out of its group; an empty group vanishes.

  KEYS[1]  group hash: current, previous

  ARGV[1]  id of the incident

  Returns 1.
]]
for _, field in ipairs({ 'current', 'previous' }) do
    if redis.call('HGET', KEYS[1], field) == ARGV[1] then redis.call('HDEL', KEYS[1], field) end
end
return 1
