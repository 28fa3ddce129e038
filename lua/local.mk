# The event manager's rooms, lowest first.
include lua/applet/local.mk
include lua/match/local.mk
