noinst_LIBRARIES += libxfrm.a
libxfrm_a_SOURCES = \
	daemon/xfrm/author.c daemon/xfrm/author.h \
	daemon/xfrm/calls.c \
	daemon/xfrm/facts.c \
	daemon/xfrm/handlers.c \
	daemon/xfrm/mirror.c \
	daemon/xfrm/mirror_policy.c \
	daemon/xfrm/netlink.c daemon/xfrm/netlink_internal.h \
	daemon/xfrm/proc_stat.c \
	daemon/xfrm/uapi.h \
	daemon/xfrm/wire.h daemon/xfrm/wire_build.c daemon/xfrm/wire_parse.c \
	daemon/xfrm/xfrm.h daemon/xfrm/xfrm_internal.h
libxfrm_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
# In link order: what needs it comes before, liblog.a and $(BASE_LIBS) after.
XFRM_LIBS = libxfrm.a $(NL_LIBS)
