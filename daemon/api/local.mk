noinst_LIBRARIES += libapi.a
libapi_a_SOURCES = \
	daemon/api/access.c \
	daemon/api/api.c daemon/api/api.h \
	daemon/api/api_internal.h \
	daemon/api/candidate.c \
	daemon/api/edits.c \
	daemon/api/events.c \
	daemon/api/ops.c \
	daemon/api/people.c \
	daemon/api/people_state.c \
	daemon/api/provide.c \
	daemon/api/rows.c \
	daemon/api/session.c \
	daemon/api/stream.c
libapi_a_CFLAGS = $(AM_CFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS)
API_LIBS = libapi.a $(AAA_LIBS) $(CONFIG_LIBS) $(NET_LIBS)
