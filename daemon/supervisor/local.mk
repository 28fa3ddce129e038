noinst_LIBRARIES += libsupervisor.a
libsupervisor_a_SOURCES = daemon/supervisor/supervisor.c daemon/supervisor/supervisor.h
libsupervisor_a_CFLAGS = $(AM_CFLAGS)
