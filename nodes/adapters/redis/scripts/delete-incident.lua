--[[
  Deletes an incident with its timeline and previews if the stored version is still the one that was judged.

  KEYS[1]  incident hash
  KEYS[2]  timeline list
  KEYS[3]  previews hash

  ARGV[1]  version

  Returns 1, or 0 when the incident changed or is gone.
]]
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
