noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	daemon/net/holder.c daemon/net/holder.h \
	daemon/net/netlink.c daemon/net/netlink.h daemon/net/netlink_internal.h \
	daemon/net/udp.c daemon/net/udp.h \
	daemon/net/unix.c daemon/net/unix.h
libnet_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
NET_LIBS = libnet.a $(NL_LIBS)
