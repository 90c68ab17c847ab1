--[[
  Writes a transition of one incident if the stored version is the expected one, and tells watchers.

  KEYS[1]  incident hash: body, version, head, token
  KEYS[2]  timeline list
  KEYS[3…] the index, see put-in-index.lua; none in a Cluster, where it lies in another slot

  ARGV[1]  expected version, '0' when the incident is new
  ARGV[2]  new version
  ARGV[3]  hash of the newest timeline entry
  ARGV[4]  incident as JSON
  ARGV[5]  token of this write: the same when the client sends it again after a lost connection
  ARGV[6]  channel of change notices
  ARGV[7]  notice as JSON
  ARGV[8]  incident id
  ARGV[9]  updatedAt, milliseconds
  ARGV[10] position of the stage, from 1
  ARGV[11] flow position
  ARGV[12…] timeline entries as JSON, oldest first

  Returns 1 when written (now, or by an earlier sending of the same token), 0 when the version is another.
]]
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= ARGV[1] then
    if redis.call('HGET', KEYS[1], 'token') == ARGV[5] then return 1 end
    return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'head', ARGV[3], 'body', ARGV[4], 'token', ARGV[5])
for entry = 12, #ARGV do
    redis.call('RPUSH', KEYS[2], ARGV[entry])
end
if KEYS[3] then putInIndex({ unpack(KEYS, 3) }, ARGV[8], ARGV[2], ARGV[9], tonumber(ARGV[10]), ARGV[11]) end
redis.call('PUBLISH', ARGV[6], ARGV[7])
return 1
