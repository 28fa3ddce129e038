noinst_LIBRARIES += libnet.a
libnet_a_SOURCES = \
	daemon/net/handover.c daemon/net/handover.h \
	daemon/net/holder.c daemon/net/holder.h \
	daemon/net/icmp.c daemon/net/icmp.h daemon/net/icmp_internal.h daemon/net/icmp_wire.c \
	daemon/net/privileges.c daemon/net/privileges.h \
	daemon/net/netlink.c daemon/net/netlink.h daemon/net/netlink_internal.h \
	daemon/net/shut_in.c daemon/net/shut_in.h \
	daemon/net/udp.c daemon/net/udp.h \
	daemon/net/unix.c daemon/net/unix.h
libnet_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS) $(CAPNG_CFLAGS) $(SECCOMP_CFLAGS)
NET_LIBS = libnet.a $(NL_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS)
