#!/usr/bin/env python3
"""Prints the IPsec SAs of a Spindle router, then each line of its log: watch.py [RUN_DIR]"""
import json, socket, struct, sys

s = socket.socket(socket.AF_UNIX)
s.connect((sys.argv[1] if len(sys.argv) > 1 else "/run/spindle") + "/control.sock")
stream = s.makefile("rb")

def send(number, **request):
    text = json.dumps(request).encode()
    s.sendall(struct.pack(">IIB", len(text) + 5, number, 0) + text)

def receive():
    length, number, flags = struct.unpack(">IIB", stream.read(9))
    frame = json.loads(stream.read(length - 5))
    return (frame, flags & 1) if not flags & 2 else sys.exit(frame["error"])

send(1, op="hello", version=1)
print("%(daemon)s, user %(user)s, privilege %(privilege)d" % receive()[0])
send(2, op="get", path="/spindle-crypto:crypto-state/ipsec-sa")
more = True
while more:
    frame, more = receive()
    send(0, op="credit", request=2, frames=1)
    for sa in frame["data"].get("spindle-crypto:crypto-state", {}).get("ipsec-sa", []):
        print("SPI 0x%(spi-in)X in, 0x%(spi-out)X out, %(packets-in)s packets in" % sa)
send(3, op="subscribe", stream="log")
while True:
    for record in receive()[0].get("data", {}).get("spindle-logging:log-state", {}).get("record", []):
        print(record["line"], flush=True)
