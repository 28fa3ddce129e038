-- spi-flap: an SPI that is not known, from both ends, in one folder.
--
-- Started by the message of a flow. Its second packet makes an incident; then what the router knows is
-- gathered (shows, both planes' SAs, counters, routes, the recorder's minutes), the peer's answer is waited
-- for, and a report is written: report.html, report.txt, packets.pcapng, incident.json, the shows.
--
-- Environment (each may be missing): spi_flap_wait, seconds to wait for the flow's second packet (30);
-- spi_flap_answer, seconds to wait for the peer (20).

local eem = require "eem"

eem.event_register_syslog {
  pattern = "CRYPTO-4-RECVD_PKT_INV_SPI",
  maxrun = 120,
}

local INCIDENTS = "/spindle-crypto-state:incidents/incident"

-- File in the folder, and the command whose output it holds. %s: the peer.
local SHOWS = {
  { "show-invalid-spi.txt", "show crypto invalid-spi detail" },
  { "show-recovery.txt", "show crypto isakmp invalid-spi-recovery" },
  { "show-ikev2-sa.txt", "show crypto ikev2 sa detailed" },
  { "show-ipsec-sa.txt", "show crypto ipsec sa peer %s" },
  { "show-session.txt", "show crypto session remote %s detail" },
  { "show-map.txt", "show crypto map" },
  { "show-drops.txt", "show platform hardware qfp active feature ipsec datapath drops all" },
  { "show-interfaces.txt", "show interfaces" },
  { "show-route.txt", "show ip route" },
  { "show-flight-recorder.txt", "show flight-recorder peer %s" },
  { "show-logging.txt", "show logging" },
  { "show-version.txt", "show version" },
}

-- The flow of a message: the SPI as a number and the sender's address; nil: it is another message.
local function flow_of(message)
  local spi = message:match("spi=0x(%x+)")
  local sender = message:match("srcaddr=([%x:.]+)")
  return spi and tonumber(spi, 16), sender
end

-- The latest incident of the flow; nil: there is none (yet).
local function incident_of(spi, sender)
  local found
  for _, incident in ipairs(eem.get(INCIDENTS) or {}) do
    if incident.spi == spi and incident.peer == sender and (not found or incident.time > found.time) then
      found = incident
    end
  end
  return found
end

-- Asks each half second until `ask` gives something, at most `seconds`.
local function wait_for(seconds, ask)
  for _ = 1, seconds * 2 do
    local got = ask()
    if got then
      return got
    end
    eem.wait(0.5)
  end
end

-- Output of every show, by file name. What a command refuses is in its file too.
local function gather(peer)
  local session, files = eem.cli_open(), {}
  session:exec("enable")
  session:exec("terminal length 0")
  for _, show in ipairs(SHOWS) do
    local command = show[2]:format(peer)
    files[show[1]] = command .. "\n" .. (session:exec(command) or "")
  end
  session:close()
  return files
end

local function main()
  local event = eem.event_reqinfo()
  local spi, sender = flow_of(event.msg or "")
  if not spi or not sender then
    return
  end
  local incident = wait_for(tonumber(eem.env.spi_flap_wait) or 30, function()
    return incident_of(spi, sender)
  end)
  if not incident then
    return -- one packet and no more: a flow that passed by
  end
  local done = eem.context_retrieve("spi_flap", incident.id) or {}
  if done[incident.id] then
    return -- its message came again
  end
  eem.context_save("spi_flap", { [incident.id] = "1" })

  local files = gather(sender)
  wait_for(tonumber(eem.env.spi_flap_answer) or 20, function()
    local now = eem.incident(incident.id)
    return now and now.concluded
  end)
  local folder = eem.report(incident.id, files)
  eem.action_syslog {
    priority = "notifications",
    msg = ("incident %s with %s: %s"):format(incident.id, sender, folder),
  }
end

main()
