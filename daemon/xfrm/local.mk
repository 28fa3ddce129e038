noinst_LIBRARIES += libxfrm.a
libxfrm_a_SOURCES = \
	daemon/xfrm/calls.c \
	daemon/xfrm/facts.c \
	daemon/xfrm/handlers.c \
	daemon/xfrm/mirror.c \
	daemon/xfrm/mirror_policy.c \
	daemon/xfrm/proc_stat.c \
	daemon/xfrm/xfrm.h daemon/xfrm/xfrm_internal.h
libxfrm_a_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
XFRM_LIBS = libxfrm.a $(NL_LIBS)
