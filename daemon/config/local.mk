noinst_LIBRARIES += libconfig.a
libconfig_a_SOURCES = \
	daemon/config/archive.c \
	daemon/config/candidate.c \
	daemon/config/commit.c \
	daemon/config/config.c daemon/config/config.h \
	daemon/config/config_internal.h \
	daemon/config/config_state.h \
	daemon/config/data.c \
	daemon/config/edit.c \
	daemon/config/file.c \
	daemon/config/fragment.c \
	daemon/config/get.c \
	daemon/config/guard.c \
	daemon/config/json.c \
	daemon/config/schema.c \
	daemon/config/secrets.c \
	daemon/config/tree.c \
	daemon/config/work.c
libconfig_a_CFLAGS = $(AM_CFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS)
CONFIG_LIBS = libconfig.a $(LOG_LIBS) $(SEAL_LIBS) $(YANG_LIBS) $(JANSSON_LIBS)
