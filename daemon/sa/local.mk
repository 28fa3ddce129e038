noinst_LIBRARIES += libsa.a
libsa_a_SOURCES = daemon/sa/sa.h daemon/sa/sa_internal.h daemon/sa/sa.c \
	daemon/sa/adopt.c daemon/sa/close.c daemon/sa/history.c daemon/sa/history.h daemon/sa/lifetime.c \
	daemon/sa/pairs.c daemon/sa/refresh.c \
	daemon/sa/ring.c daemon/sa/ring.h daemon/sa/end.c daemon/sa/serve.c daemon/sa/traffic.c daemon/sa/want.c daemon/sa/watch.c
libsa_a_CFLAGS = $(AM_CFLAGS)
