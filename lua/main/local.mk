# The program spindle-eem; its parts are a library, which tests and the bench use too.
noinst_LIBRARIES += libeem_main.a
libeem_main_a_SOURCES = \
	lua/main/calls.c \
	lua/main/calls_cli.c \
	lua/main/calls_file.c \
	lua/main/config.c \
	lua/main/control.c lua/main/control.h \
	lua/main/detect_cli.c \
	lua/main/detect_facts.c \
	lua/main/detect_log.c \
	lua/main/detect_poll.c \
	lua/main/detect_timer.c \
	lua/main/eem.c lua/main/eem_internal.h \
	lua/main/jobs.c \
	lua/main/policy.c \
	lua/main/say.c \
	lua/main/script.c lua/main/script.h \
	lua/main/state.c \
	lua/main/trigger.c
libeem_main_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
EEM_LIBS = libeem_main.a $(WORKER_LIBS) libapplet.a $(MATCH_LIBS) $(NET_LIBS) $(BASE_LIBS) $(REGEX_LIBS) \
	$(JANSSON_LIBS)
