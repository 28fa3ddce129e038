-- spi-flap: an SPI that is not known, from both ends, in one folder.
--
-- A flow's second packet makes an incident, at the other end too if it is a Spindle. Then what the router
-- knows is gathered (shows, both planes' SAs, counters, routes, the recorder's minutes), the peer's answer
-- is waited for, and a report is written: report.html, report.txt, packets.pcapng, incident.json, the shows.
--
-- Environment, may be missing: spi_flap_answer, seconds to wait for the peer (20).

local eem = require "eem"

-- The fact, at both ends; and the message, should it come a second time for a flow whose fact was missed.
eem.event_register_ipsec { tag = "incident", event = "incident", maxrun = 120 }
eem.event_register_syslog { tag = "message", pattern = "CRYPTO-4-RECVD_PKT_INV_SPI", maxrun = 120 }

-- File in the folder, and the command whose output it holds. %s: the peer.
local SHOWS = {
  { "show-invalid-spi.txt", "show crypto invalid-spi detail" },
  { "show-recovery.txt", "show crypto isakmp invalid-spi-recovery" },
  { "show-ikev2-sa.txt", "show crypto ikev2 sa detailed" },
  { "show-ipsec-sa.txt", "show crypto ipsec sa peer %s" },
  { "show-session.txt", "show crypto session detail remote %s" },
  { "show-map.txt", "show crypto map" },
  { "show-drops.txt", "show platform hardware qfp active feature ipsec datapath drops all" },
  { "show-interfaces.txt", "show interfaces" },
  { "show-route.txt", "show ip route" },
  { "show-flight-recorder.txt", "show flight-recorder peer %s" },
  { "show-logging.txt", "show logging" },
  { "show-version.txt", "show version" },
}

local KEPT = 50 -- ids that are remembered

local function open_session()
  local session = assert(eem.cli_open())
  session:exec("enable")
  session:exec("terminal length 0")
  return session
end

-- The latest incident of the flow that the message is about; nil: there is none.
local function id_of_message(message)
  local spi = message:match("spi=(0x%x+%(%d+%))")
  local sender = message:match("srcaddr=([%x:.]+)")
  local session, found = open_session(), nil
  for line in session:exec("show crypto incidents"):gmatch("[^\r\n]+") do
    local id = line:match("^(%d+T%d+Z%-%x+) ")
    if id and spi and sender and line:find(" " .. sender .. " ", 1, true) and line:find(spi, 1, true) then
      found = (not found or id > found) and id or found
    end
  end
  session:close()
  return found
end

local function id_of(event)
  if event.incident and event.incident ~= "" then
    return event.incident
  end
  return id_of_message(event.msg or "")
end

-- True once for each incident. The last ids are kept, which begin with their time.
local function is_new(id)
  local done = eem.context_retrieve("spi_flap") or {}
  local new, ids = not done[id], {}
  done[id] = "1"
  for known in pairs(done) do
    ids[#ids + 1] = known
  end
  table.sort(ids)
  for i = 1, #ids - KEPT do
    done[ids[i]] = nil
  end
  eem.context_save("spi_flap", done)
  return new
end

-- Output of every show, by file name. What a command refuses is in its file too.
local function gather(peer)
  local session, files = open_session(), {}
  for _, show in ipairs(SHOWS) do
    local output, why = session:exec(show[2]:format(peer))
    files[show[1]] = output or why
  end
  session:close()
  return files
end

-- The incident, when its cause is said; as it is after `seconds`.
local function concluded(id, seconds)
  local incident
  for _ = 1, seconds * 2 do
    incident = eem.incident(id)
    if not incident or incident.concluded then
      return incident
    end
    eem.wait(0.5)
  end
  return incident
end

local function main()
  local id = id_of(eem.event_reqinfo())
  local incident = id and is_new(id) and eem.incident(id)
  if not incident then
    return
  end
  local files = gather(incident.peer)
  concluded(id, tonumber(eem.environment("spi_flap_answer")) or 20)
  local folder, why = eem.report(id, files)
  eem.action_syslog {
    priority = folder and "notifications" or "errors",
    msg = ("incident %s: %s"):format(id, folder or "no report: " .. why),
  }
end

main()
