--[[
The runtime of applets: runs the steps that applet_compile() wrote.

It runs inside a policy's process: no files, no sockets; everything that has an effect is a call to the event
manager. What it takes from the library `eem`:

  eem._call(op, args)      result table, or nil and a sentence
  eem._event()             the table that event_reqinfo() gives
  eem._environment(name)   value of an environment variable, or nil
  eem._regexp(re, text)    RE2: false; or the whole match and its groups, as a list; or nil and a sentence
  eem._wait(seconds)       waits

It sets the global `applet`. A step is {label, verb, values, to}: `to` is the step that a condition which is
false, a loop that is over, or a jump leads to.
]]

local eem = require "eem"

local verbs = {}

-- An action that failed: error{sentence = …, mnemonic = …}.
local function fail(sentence, mnemonic)
	error({ sentence = sentence, mnemonic = mnemonic }, 0)
end

local function call(op, args)
	local result, why = eem._call(op, args)

	if result == nil then
		fail(tostring(why or "it failed"))
	end
	return type(result) == "table" and result or {}
end

-- ---- variables ------------------------------------------------------------------------------------

local function as_text(value)
	if type(value) == "boolean" then
		return value and "yes" or "no"
	end
	if math.type(value) == "float" and value == math.floor(value) and math.abs(value) < 2 ^ 53 then
		return string.format("%d", value)
	end
	return tostring(value)
end

-- `_syslog_msg` is `msg` of a syslog event, `_event_id` is `event_id` of any.
local function built_in(event, name)
	if name:sub(1, 1) ~= "_" then
		return nil
	end
	local field = name:sub(2)
	if event[field] ~= nil then
		return event[field]
	end
	local kind = tostring(event.event_type_string or ""):match("^[%w-]+") or ""
	local prefix = kind:gsub("-", "_") .. "_"
	if kind == "snmp-notification" then
		prefix = "snmp_notif_"
	end
	if field:sub(1, #prefix) == prefix then
		return event[field:sub(#prefix + 1)]
	end
	return nil
end

-- Of the applet, of the event, of the environment; nil: there is none.
local function look_up(run, name)
	local value = run.variables[name]

	if value == nil then
		value = built_in(run.event, name)
	end
	if value == nil then
		value = eem._environment(name)
	end
	return value ~= nil and as_text(value) or nil
end

local function value_of(run, name)
	local value = look_up(run, name)

	if value == nil then
		fail("could not find environment variable: " .. name, "FMPD_UNKNOWN_ENV")
	end
	return value
end

local function set(run, name, value)
	run.variables[name] = as_text(value)
end

-- Every $name put in; what is put in is not looked at again.
local function expand(run, text)
	local parts, at = {}, 1

	while true do
		local from, to = text:find("%$[%a_][%w_]*", at)

		if not from then
			break
		end
		parts[#parts + 1] = text:sub(at, from - 1)
		parts[#parts + 1] = value_of(run, text:sub(from + 1, to))
		at = to + 1
	end
	parts[#parts + 1] = text:sub(at)
	return table.concat(parts)
end

-- ---- numbers --------------------------------------------------------------------------------------

local function integer(text)
	local digits = text:match("^%s*([+-]?%d+)%s*$")

	if not digits or #digits > 20 then
		return nil
	end
	return math.tointeger(tonumber((digits:gsub("^%+", ""))))
end

local function number(text)
	local n = integer(text)

	if not n then
		fail("\"" .. text .. "\" is not a long integer")
	end
	return n
end

-- Sums that do not fit in 64 bits fail instead of coming out wrong.
local function sum(a, b)
	local c = a + b

	if (a >= 0) == (b >= 0) and (c >= 0) ~= (a >= 0) then
		fail(a .. " and " .. b .. " make more than a long integer holds")
	end
	return c
end

local function product(a, b)
	local c = a * b

	if a ~= 0 and (c // a ~= b or c % a ~= 0 or (a == -1 and b == math.mininteger)) then
		fail(a .. " times " .. b .. " is more than a long integer holds")
	end
	return c
end

function verbs.add(run, v)
	set(run, "_result", sum(number(v.a), number(v.b)))
end

function verbs.subtract(run, v)
	local a, b = number(v.a), number(v.b)

	if b == math.mininteger then
		fail(a .. " less " .. b .. " is more than a long integer holds")
	end
	set(run, "_result", sum(a, -b))
end

function verbs.multiply(run, v)
	set(run, "_result", product(number(v.a), number(v.b)))
end

-- Towards zero, the remainder with the sign of the first, as in C.
function verbs.divide(run, v)
	local a, b = number(v.a), number(v.b)

	if b == 0 then
		fail("division by zero")
	end
	if a == math.mininteger and b == -1 then
		fail(a .. " by " .. b .. " is more than a long integer holds")
	end
	local quotient = a // b
	if quotient < 0 and quotient * b ~= a then
		quotient = quotient + 1
	end
	set(run, "_result", quotient)
	set(run, "_remainder", a - quotient * b)
end

function verbs.increment(run, v)
	set(run, v.variable, sum(number(value_of(run, v.variable)), number(v.value or "1")))
end

function verbs.decrement(run, v)
	local by = number(v.value or "1")

	if by == math.mininteger then
		fail(by .. " cannot be taken off")
	end
	set(run, v.variable, sum(number(value_of(run, v.variable)), -by))
end

function verbs.set(run, v)
	set(run, v.variable, v.value)
end

function verbs.append(run, v)
	set(run, v.variable, (look_up(run, v.variable) or "") .. (v.value or ""))
end

-- ---- conditions and loops ---------------------------------------------------------------------------

local comparisons = {
	eq = function(a, b) return a == b end,
	ne = function(a, b) return a ~= b end,
	gt = function(a, b) return a > b end,
	ge = function(a, b) return a >= b end,
	lt = function(a, b) return a < b end,
	le = function(a, b) return a <= b end,
}

-- As numbers where both are, else as texts, byte by byte.
local function holds(v)
	local a, b = integer(v.a), integer(v.b)

	if not a or not b then
		a, b = v.a, v.b
	end
	return comparisons[v.op](a, b)
end

-- These return the place to go on at, nil: the next step.
verbs["if"] = function(_, v, step)
	return not holds(v) and step[4] or nil
end

verbs.ifgoto = function(_, v, step)
	return holds(v) and step[4] or nil
end

function verbs.jump(_, _, step)
	return step[4]
end

verbs["goto"] = verbs.jump

function verbs.comment()
end

local function parts_of(text, delimiters)
	local parts, from = {}, nil

	for i = 1, #text + 1 do
		local c = text:sub(i, i)

		if c == "" or delimiters:find(c, 1, true) then
			if from then
				parts[#parts + 1] = text:sub(from, i - 1)
			end
			from = nil
		else
			from = from or i
		end
	end
	return parts
end

-- The next part of a loop; false: there is none.
local function next_part(run, loop)
	loop.at = loop.at + 1
	if loop.at > #loop.parts then
		return false
	end
	set(run, loop.variable, loop.parts[loop.at])
	return true
end

function verbs.foreach(run, v, step, place)
	local loop = { at = 0, variable = v.variable, parts = parts_of(v.list, v.delimiters or " \t\r\n") }

	run.loops[place] = loop
	return not next_part(run, loop) and step[4] or nil
end

-- The end of a foreach; somebody may have come here by goto, without its beginning.
verbs.next = function(run, _, step)
	local loop = run.loops[step[4]]

	return loop and next_part(run, loop) and step[4] + 1 or nil
end

function verbs.exit(run, v)
	if v.result then
		set(run, "_exit_status", v.result)
	end
	return #run.steps + 1
end

-- ---- texts ------------------------------------------------------------------------------------------

function verbs.regexp(run, v)
	local found, why = eem._regexp(v.pattern, v.string)

	if found == nil then
		fail(tostring(why))
	end
	set(run, "_regexp_result", found and 1 or 0)
	for i, name in ipairs { "match", "sub1", "sub2", "sub3" } do
		if found and v[name] then
			set(run, v[name], found[i] or "")
		end
	end
end

-- A place counted from 0; "end", "end-2".
local function place(text, length)
	local back = text:match("^end%-(%d+)$")

	if text == "end" then
		return length - 1
	end
	return back and length - 1 - number(back) or number(text)
end

local function compared(v)
	local a, b = v.s1, v.s2

	if v.length then
		a, b = a:sub(1, number(v.length)), b:sub(1, number(v.length))
	end
	if v.nocase then
		a, b = a:lower(), b:lower()
	end
	return a == b and 0 or (a < b and -1 or 1)
end

local function result(run, value)
	set(run, "_string_result", value)
end

verbs["string compare"] = function(run, v)
	result(run, compared(v))
end

verbs["string equal"] = function(run, v)
	result(run, compared(v) == 0 and 1 or 0)
end

verbs["string first"] = function(run, v)
	local from = math.max(v.index and place(v.index, #v.s2) or 0, 0)
	local at = v.s1 ~= "" and from < #v.s2 and v.s2:find(v.s1, from + 1, true)

	result(run, at and at - 1 or -1)
end

verbs["string last"] = function(run, v)
	local last = v.index and place(v.index, #v.s2) or #v.s2 - 1
	local found, at = -1, 1

	while v.s1 ~= "" do
		at = v.s2:find(v.s1, at, true)
		if not at or at - 1 > last then
			break
		end
		found, at = at - 1, at + 1
	end
	result(run, found)
end

verbs["string index"] = function(run, v)
	local i = place(v.index, #v.string)

	result(run, i < 0 and "" or v.string:sub(i + 1, i + 1))
end

verbs["string length"] = function(run, v)
	result(run, #v.string)
end

-- [a-z], at the bracket; whether c is in it, and what stands behind it.
local function in_set(pattern, at, c)
	local found, i = false, at + 1

	while i <= #pattern and pattern:sub(i, i) ~= "]" do
		local low, high = pattern:sub(i, i), nil

		if pattern:sub(i + 1, i + 1) == "-" and pattern:sub(i + 2, i + 2) ~= "]" then
			high = pattern:sub(i + 2, i + 2)
			i = i + 2
		end
		high = high or low
		found = found or (c >= math.min(low:byte(), high:byte()) and
			c <= math.max(low:byte(), high:byte()))
		i = i + 1
	end
	return found, i + 1
end

-- Whether one character of the text is the one of the pattern; what stands behind that.
local function same_character(pattern, p, c)
	local item = pattern:sub(p, p)

	if item == "?" then
		return true, p + 1
	elseif item == "[" then
		return in_set(pattern, p, c)
	elseif item == "\\" and p < #pattern then
		return pattern:byte(p + 1) == c, p + 2
	end
	return item ~= "" and item:byte() == c, p + 1
end

-- *, ?, [a-z], \x. After a failure only the last * gives way, so it takes at most #pattern × #text steps.
local function glob(pattern, text)
	local p, t, star, from = 1, 1, nil, nil

	while t <= #text do
		local same, after = false, nil

		if pattern:sub(p, p) == "*" then
			star, from, p = p + 1, t, p + 1
		else
			if p <= #pattern then
				same, after = same_character(pattern, p, text:byte(t))
			end
			if same then
				p, t = after, t + 1
			elseif star then
				from = from + 1
				p, t = star, from
			else
				return false
			end
		end
	end
	return pattern:sub(p):match("^%**$") ~= nil
end

verbs["string match"] = function(run, v)
	local pattern, text = v.pattern, v.string

	if v.nocase then
		pattern, text = pattern:lower(), text:lower()
	end
	result(run, glob(pattern, text) and 1 or 0)
end

verbs["string range"] = function(run, v)
	local first, last = place(v.first, #v.string), place(v.last, #v.string)

	first = math.max(first, 0)
	result(run, last < first and "" or v.string:sub(first + 1, last + 1))
end

verbs["string replace"] = function(run, v)
	local first, last = place(v.first, #v.string), place(v.last, #v.string)

	if first > last or first >= #v.string or last < 0 then
		result(run, v.string)
		return
	end
	first = math.max(first, 0)
	result(run, v.string:sub(1, first) .. (v.new or "") .. v.string:sub(last + 2))
end

-- The whole text; one character; from one to another.
local function changed(v, change)
	local first = v.first and math.max(place(v.first, #v.string), 0) or 0
	local last = v.last and place(v.last, #v.string) or (v.first and first or #v.string - 1)

	if last < first then
		return v.string
	end
	return v.string:sub(1, first) .. change(v.string:sub(first + 1, last + 1)) .. v.string:sub(last + 2)
end

verbs["string tolower"] = function(run, v)
	result(run, changed(v, string.lower))
end

verbs["string toupper"] = function(run, v)
	result(run, changed(v, string.upper))
end

local function trimmed(v, left, right)
	local chars, first, last = v.chars or " \t\r\n\v\f", 1, #v.string

	while left and first <= last and chars:find(v.string:sub(first, first), 1, true) do
		first = first + 1
	end
	while right and last >= first and chars:find(v.string:sub(last, last), 1, true) do
		last = last - 1
	end
	return v.string:sub(first, last)
end

verbs["string trim"] = function(run, v)
	result(run, trimmed(v, true, true))
end

verbs["string trimleft"] = function(run, v)
	result(run, trimmed(v, true, false))
end

verbs["string trimright"] = function(run, v)
	result(run, trimmed(v, false, true))
end

-- ---- effects ----------------------------------------------------------------------------------------

local priorities = {
	emergencies = 0, alerts = 1, critical = 2, errors = 3, warnings = 4, notifications = 5,
	informational = 6, debugging = 7,
}

function verbs.syslog(_, v)
	local priority = v.priority and (priorities[v.priority] or number(v.priority)) or 6

	call("syslog", { priority = priority, msg = v.msg, facility = v.facility })
end

-- One session an applet; it stays open between its commands.
local function session(run)
	if not run.cli then
		run.cli = call("cli_open", {}).id
	end
	return run.cli
end

verbs["cli command"] = function(run, v)
	local answer = call("cli_exec", { id = session(run), command = v.command, pattern = v.pattern })

	set(run, "_cli_result", answer.output or "")
end

function verbs.puts(_, v)
	call("puts", { text = v.text, newline = not v.nonewline })
end

function verbs.gets(run, v)
	set(run, v.variable, call("gets", {}).line or "")
end

function verbs.wait(_, v)
	local seconds = tonumber(v.seconds:match("^%d+%.?%d*$"))

	if not seconds then
		fail("\"" .. v.seconds .. "\" is no number of seconds")
	end
	eem._wait(seconds)
end

function verbs.counter(run, v)
	local answer = call("counter", { name = v.name, op = v.op, value = number(v.value) })

	set(run, "_counter_value_remain", answer.value or 0)
end

verbs["track read"] = function(run, v)
	set(run, "_track_state", call("track_read", { number = number(v.number) }).state or "")
end

verbs["track set"] = function(_, v)
	call("track_set", { number = number(v.number), state = v.state })
end

verbs["context save"] = function(run, v)
	local kept, any = {}, false

	for name, value in pairs(run.variables) do
		if glob(v.variable, name) then
			kept[name], any = value, true
		end
	end
	if not any then
		fail("no variable is named " .. v.variable)
	end
	call("context_save", { key = v.key, variables = kept })
end

verbs["context retrieve"] = function(run, v)
	local answer = call("context_retrieve", { key = v.key, glob = v.variable })

	for name, value in pairs(answer.variables or {}) do
		set(run, name, value)
	end
end

function verbs.policy(_, v)
	call("policy", { name = v.name })
end

verbs["publish-event"] = function(_, v)
	local args = {}

	for i = 1, 4 do
		args[i] = v["arg" .. i] or ""
	end
	call("publish_event",
		{ ["sub-system"] = number(v["sub-system"]), type = number(v.type), args = args })
end

verbs["snmp-trap"] = function(_, v)
	call("snmp_trap", {
		intdata1 = number(v.intdata1 or "0"),
		intdata2 = number(v.intdata2 or "0"),
		strdata = v.strdata or "",
	})
end

-- The entries of a list of the daemon's state: data = {"module:container" = {list = {…}}}.
local function entries(answer, list)
	local _, container = next(answer.data or {})

	return type(container) == "table" and container[list] or {}
end

local function is_wanted(v, name)
	if v.include or v.exclude then
		return (name:find(v.include or v.exclude, 1, true) ~= nil) == (v.include ~= nil)
	end
	if not v.regexp then
		return true
	end
	local found, why = eem._regexp(v.regexp, name)
	if found == nil then
		fail(tostring(why))
	end
	return found and true or false
end

local info = {}

info["routername"] = function(run)
	set(run, "_info_routername", call("info", { type = "routername" }).routername or "")
end

info["interface-names"] = function(run, v)
	local names = {}

	for _, entry in ipairs(entries(call("info", { type = "interface-names" }), "interface")) do
		if is_wanted(v, tostring(entry.name)) then
			names[#names + 1] = entry.name
		end
	end
	set(run, "_info_interface_names", table.concat(names, " "))
end

info["syslog"] = function(run)
	local lines = {}

	for _, entry in ipairs(entries(call("info", { type = "syslog history" }), "record")) do
		lines[#lines + 1] = tostring(entry.text)
	end
	set(run, "_info_syslog_history", table.concat(lines, "\n"))
end

verbs["info type"] = function(run, v)
	info[v.type](run, v)
end

function verbs.mail(_, v)
	call("mail", v)
end

function verbs.http(run, v)
	local headers = { ["Content-Type"] = v["content-type"] or (v.body and "text/plain" or nil) }
	local name, text = (v.header or ""):match("^%s*([^:%s]+)%s*:%s*(.-)%s*$")

	if v.header and not name then
		fail("a header is \"Name: value\"")
	elseif name then
		headers[name] = text
	end
	local answer = call("http", {
		url = v.url,
		method = (v.method or (v.body and "post" or "get")):upper(),
		headers = headers,
		body = v.body or "",
	})
	set(run, "_http_status", answer.status or 0)
	set(run, "_http_body", answer.body or "")
end

function verbs.report(run, v)
	set(run, "_report_folder", call("report", { id = v.incident }).folder or "")
end

local function file_of(run, v)
	return run.files[v.fd] or fail("the file " .. v.fd .. " is not open")
end

verbs["file open"] = function(run, v)
	if run.files[v.fd] then
		fail("the file " .. v.fd .. " is open already")
	end
	run.files[v.fd] = call("file_open", { path = v.path, mode = v.mode }).fd
end

verbs["file close"] = function(run, v)
	call("file_close", { fd = file_of(run, v) })
	run.files[v.fd] = nil
end

verbs["file puts"] = function(run, v)
	call("file_puts", { fd = file_of(run, v), text = v.text, newline = not v.nonewline })
end

-- At the end of the file the variable is empty and $_file_result 0.
local function read_file(run, variable, text)
	set(run, variable, text or "")
	set(run, "_file_result", text and 1 or 0)
end

verbs["file gets"] = function(run, v)
	local answer = call("file_gets", { fd = file_of(run, v) })

	read_file(run, v.variable, not answer.eof and answer.line or nil)
end

verbs["file read"] = function(run, v)
	local text = call("file_read", { fd = file_of(run, v), length = number(v.bytes) }).text

	read_file(run, v.variable, text ~= "" and text or nil)
end

verbs["file write"] = function(run, v)
	call("file_write", { fd = file_of(run, v), text = v.text, length = number(v.bytes) })
end

verbs["file delete"] = function(_, v)
	call("file_delete", { path = v.path })
end

verbs["handle-error"] = function(run, v)
	run.on_error = v.type
end

-- ---- the run ----------------------------------------------------------------------------------------

local function do_step(run, step, at)
	local values = {}

	for name, text in pairs(step[3]) do
		values[name] = expand(run, text)
	end
	return verbs[step[2]](run, values, step, at)
end

local function complain(run, step, why)
	if why.mnemonic == "FMPD_UNKNOWN_ENV" then
		eem._call("complain", { mnemonic = why.mnemonic, text = "fh_parse_var: " .. why.sentence })
	end
	return run.name .. " statement " .. step[1] .. ": " .. why.sentence
end

-- What a failed action does: exit (the applet ends), warn, ignore. A failure that is not an action's (a limit,
-- a fault of this file) always ends the run.
local function handle(run, step, why)
	if type(why) ~= "table" or not why.sentence then
		error(why, 0)
	end
	if run.on_error == "ignore" then
		return
	end
	local text = complain(run, step, why)
	if run.on_error == "exit" then
		error(text, 0)
	end
	eem._call("complain", { mnemonic = "FMPD_ERROR", text = "Error executing applet " .. text })
end

-- A condition that failed, and was let pass, is false.
local conditional = { ["if"] = true, foreach = true }

-- Runs {name = …, steps = …}; returns the exit status, nil: never set.
local function run_applet(program)
	local run = {
		name = program.name, steps = program.steps, event = eem._event() or {},
		variables = {}, loops = {}, files = {}, on_error = "exit",
	}
	local at = 1

	while run.steps[at] do
		local step = run.steps[at]
		local good, to = pcall(do_step, run, step, at)

		if not good then
			handle(run, step, to)
			to = conditional[step[2]] and step[4] or nil
		end
		at = to or at + 1
	end
	return run.variables._exit_status
end

applet = { run = run_applet }
return applet
