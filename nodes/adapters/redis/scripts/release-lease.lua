--[[
  Gives a lease back.

  KEYS[1]  lease

  ARGV[1]  owner

  Returns 1, or 0 when the owner does not hold it.
]]
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
