noinst_LIBRARIES += librecovery.a
librecovery_a_SOURCES = daemon/recovery/recovery.h daemon/recovery/recovery_internal.h daemon/recovery/survey.c \
	daemon/recovery/act.c daemon/recovery/at_start.c daemon/recovery/decide.c daemon/recovery/decide.h \
	daemon/recovery/decisions.c \
	daemon/recovery/peers.c daemon/recovery/recovery.c
librecovery_a_CFLAGS = $(AM_CFLAGS)
