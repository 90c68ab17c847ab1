--[[
  Takes or renews a lease.

  KEYS[1]  lease

  ARGV[1]  owner
  ARGV[2]  milliseconds it lasts

  Returns 1, or 0 while another owner holds it.
]]
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
