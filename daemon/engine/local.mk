noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = daemon/engine/engine.h daemon/engine/link.h daemon/engine/router.h \
	daemon/engine/router.c
libengine_a_CFLAGS = $(AM_CFLAGS)
