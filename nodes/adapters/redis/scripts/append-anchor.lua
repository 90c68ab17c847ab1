--[[
  Adds an anchor if it is the next after the newest.

  KEYS[1]  sorted set of anchors as JSON, by number
  KEYS[2]  hash: incident id → '<version> <number of the anchor that names it>'

  ARGV[1]  number of the anchor
  ARGV[2]  anchor as JSON
  ARGV[3]  how many incidents it names
  ARGV[4…] incident id and version of each, then the ids of those that it says are removed

  Returns 1 when added (now, or by an earlier sending of the same anchor), 0 when the newest has another number.
]]
local seq = tonumber(ARGV[1])
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if newest[1] == ARGV[2] then return 1 end
if (tonumber(newest[2]) or 0) + 1 ~= seq then return 0 end
redis.call('ZADD', KEYS[1], seq, ARGV[2])
local rest = 4 + 2 * tonumber(ARGV[3])
for at = 4, rest - 2, 2 do
    local known = redis.call('HGET', KEYS[2], ARGV[at])
    if not known or tonumber(ARGV[at + 1]) >= tonumber(string.match(known, '^%d+')) then
        redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1] .. ' ' .. ARGV[1])
    end
end
for at = rest, #ARGV do
    redis.call('HDEL', KEYS[2], ARGV[at])
end
return 1
