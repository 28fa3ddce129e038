noinst_LIBRARIES += libike_main.a
libike_main_a_SOURCES = daemon/ike/main/main.c daemon/ike/main/main.h \
	daemon/ike/main/seccomp.c daemon/ike/main/seccomp.h
libike_main_a_CFLAGS = $(AM_CFLAGS)
