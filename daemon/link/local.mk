noinst_LIBRARIES += liblink.a
liblink_a_SOURCES = \
	daemon/link/figures.c \
	daemon/link/link.c daemon/link/link.h daemon/link/link_internal.h \
	daemon/link/routes.c daemon/link/routes.h daemon/link/routes_internal.h \
	daemon/link/socket.c \
	daemon/link/wire.c daemon/link/wire.h
liblink_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
# Then $(NET_LIBS) and $(BASE_LIBS).
LINK_LIBS = liblink.a $(NL_LIBS)
