--[[
  Part of the scripts that index an incident: brings the index up to one version of it. A version older than the
  indexed one changes nothing.

  keys     from here: sorted set of ids by update; hash of what is indexed; sorted set of flow positions; sorted sets of
           ids by update, one per stage. The hash: id → '<version> <stage position> <flow position>'.
  id, version, updatedAt (milliseconds)
  stage    position of the stage, from 1; 0 takes the incident out of the index
  flow     member of the flow positions
]]
local function putInIndex(keys, id, version, updatedAt, stage, flow)
    local byUpdate, indexed, flows = keys[1], keys[2], keys[3]
    local known = redis.call('HGET', indexed, id)
    if known then
        local oldVersion, oldStage, oldFlow = string.match(known, '^(%d+) (%d+) ?(.*)$')
        if stage > 0 and tonumber(version) < tonumber(oldVersion) then return end
        if tonumber(oldStage) ~= stage then redis.call('ZREM', keys[3 + oldStage], id) end
        if oldFlow ~= flow then redis.call('ZREM', flows, oldFlow) end
    end
    if stage == 0 then
        redis.call('ZREM', byUpdate, id)
        redis.call('HDEL', indexed, id)
        return
    end
    redis.call('ZADD', byUpdate, updatedAt, id)
    redis.call('ZADD', keys[3 + stage], updatedAt, id)
    redis.call('ZADD', flows, 0, flow)
    redis.call('HSET', indexed, id, version .. ' ' .. stage .. ' ' .. flow)
end
