-- wrk script: every request is a new rating of one of 1000 fixed acts.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

-- wrk loads this file once per thread; a fixed seed would give every thread
-- and every run the same request ids, and they would all be conflicts.
local urandom = assert(io.open("/dev/urandom", "rb"))
local seed = 0
for _, byte in ipairs({ urandom:read(6):byte(1, -1) }) do
  seed = seed * 256 + byte
end
urandom:close()
math.randomseed(seed)

local function uuid_v4()
  local r = math.random
  return string.format("%04x%04x-%04x-4%03x-%04x-%04x%04x%04x",
    r(0, 0xffff), r(0, 0xffff), r(0, 0xffff), r(0, 0xfff),
    r(0x8000, 0xbfff), r(0, 0xffff), r(0, 0xffff), r(0, 0xffff))
end

local acts = {}
for i = 1, 1000 do
  acts[i] = string.format("00000000-0000-4000-8000-%012x", i)
end

local rest = '","level":2,"tag_codes":["406","413"],"tag_list_version":"national-2020-05","text":"'
  .. string.rep("示例评价文字", 12) .. '"}'

function request()
  local body = '{"request_id":"' .. uuid_v4() .. '","act_id":"' .. acts[math.random(#acts)] .. rest
  return wrk.format(nil, nil, nil, body)
end
