--[[
  Writes or replaces the memory of one incident. When a record comes to name another identity or alert, its
  old index lines stay; readers drop them, because the record itself says otherwise.

  KEYS[1]  hash of records
  KEYS[2]  sorted set of ids by time
  KEYS[3]  sorted set of ids of this identity
  KEYS[4]  sorted set of ids of this alertname

  ARGV[1]  incident id
  ARGV[2]  time, milliseconds
  ARGV[3]  record as JSON

  Returns 1.
]]
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
for index = 2, 4 do
    redis.call('ZADD', KEYS[index], ARGV[2], ARGV[1])
end
return 1
