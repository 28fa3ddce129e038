noinst_LIBRARIES += libworker.a
libworker_a_SOURCES = \
	lua/worker/pattern.c lua/worker/pattern.h \
	lua/worker/worker.h
libworker_a_CFLAGS = $(AM_CFLAGS) $(LUA_CFLAGS) $(JANSSON_CFLAGS) $(EVENT_CFLAGS) $(SECCOMP_CFLAGS)
WORKER_LIBS = libworker.a $(NET_LIBS) $(BASE_LIBS) $(REGEX_LIBS) $(LUA_LIBS) $(JANSSON_LIBS) $(SECCOMP_LIBS)
