noinst_LIBRARIES += librecovery.a
librecovery_a_SOURCES = daemon/recovery/decide.c daemon/recovery/decide.h \
	daemon/recovery/recovery.h
librecovery_a_CFLAGS = $(AM_CFLAGS)
