# The event manager's rooms, lowest first.
include lua/match/local.mk
