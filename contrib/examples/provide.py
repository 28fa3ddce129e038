#!/usr/bin/env python3
"""Provides the state of module spindle-eem, without being an event manager: provide.py [RUN_DIR]"""
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
    return frame if not flags & 2 else sys.exit(frame["error"])

send(1, op="hello", version=1)
receive()
send(2, op="provide", module="spindle-eem")
receive()
print("providing", flush=True)
while True:
    what = receive().get("provide")
    if not what:
        continue  # the answer to a reply
    print("%(user)s asks: %(kind)s %(path)s" % what, flush=True)
    if what["kind"] == "get":
        answer = {"data": {"spindle-eem:event-manager-state": {"version": "example"}}}
    elif what["path"] == "spindle-eem:run":
        answer = {"data": {"status": "0", "output": what["input"].get("argument", [])}}
    else:
        answer = {"error": "this example only runs policies"}
    send(3, op="reply", request=2, event=what["event"], **answer)
