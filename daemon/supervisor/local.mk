noinst_LIBRARIES += libsupervisor.a
libsupervisor_a_SOURCES = daemon/supervisor/supervisor.c daemon/supervisor/supervisor.h \
	daemon/supervisor/policy.c daemon/supervisor/policy.h
libsupervisor_a_CFLAGS = $(AM_CFLAGS)
