# Which registered events a fact makes true: pure, base alone.
noinst_LIBRARIES += libmatch.a
libmatch_a_SOURCES = \
	lua/match/cron.c \
	lua/match/lines.c \
	lua/match/match.h \
	lua/match/poll.c \
	lua/match/trigger.c \
	lua/match/window.c
MATCH_LIBS = libmatch.a $(BASE_LIBS) $(REGEX_LIBS)
