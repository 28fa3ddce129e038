noinst_LIBRARIES += libengine.a
libengine_a_SOURCES = \
	daemon/engine/abort.c daemon/engine/abort.h \
	daemon/engine/codec.c daemon/engine/codec_internal.h \
	daemon/engine/codec_parts.c \
	daemon/engine/engine.h daemon/engine/stats.h daemon/engine/trace.h \
	daemon/engine/ikes.c daemon/engine/puts.c daemon/engine/router_internal.h \
	daemon/engine/link.c daemon/engine/link.h \
	daemon/engine/router.c daemon/engine/router.h
libengine_a_CFLAGS = $(AM_CFLAGS)
ENGINE_LIBS = libengine.a $(CONN_LIBS)
