--[[
A stand-in for the library `eem`, for running compiled applets without an event manager: each call is
written down as one line, "op key=value key=value", and answered as the test said. It shows the runtime's
side only; tests/eem/test_applets runs the same applets on the real thing.

Called with (script, event, environment): answers by operation, the event, the environment.
]]

local answers, event, environment, regexp = ...
local trace = {}

local function shown(value)
	if type(value) ~= "table" then
		return tostring(value)
	end
	local keys, parts = {}, {}
	for key in pairs(value) do
		keys[#keys + 1] = key
	end
	table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
	for _, key in ipairs(keys) do
		local text = shown(value[key])
		parts[#parts + 1] = type(key) == "number" and text or key .. "=" .. text
	end
	return "{" .. table.concat(parts, ",") .. "}"
end

local eem = {}

-- The answers of one operation are used up in order, the last one stays.
function eem._call(op, args)
	local list = answers[op .. " " .. tostring(args.command)] or answers[op]
	local answer = list and (#list > 1 and table.remove(list, 1) or list[1])

	if op ~= "cli_open" then
		trace[#trace + 1] = op .. " " .. shown(args):sub(2, -2)
	end
	if answer and answer.error then
		return nil, answer.error
	end
	return answer or (op == "cli_open" and { id = 1 } or {})
end

function eem._event()
	return event
end

function eem._environment(name)
	return environment[name]
end

eem._regexp = regexp

function eem._wait(seconds)
	trace[#trace + 1] = "wait " .. seconds
end

package.loaded.eem = eem
return trace
