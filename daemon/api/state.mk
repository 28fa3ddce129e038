noinst_LIBRARIES += libapi_state.a
libapi_state_a_SOURCES = daemon/api/state.h daemon/api/state_internal.h daemon/api/state.c \
	daemon/api/state_acl.c daemon/api/state_ikev2.c daemon/api/state_actions.c daemon/api/state_archive.c daemon/api/state_box.c daemon/api/state_box_interfaces.c \
	daemon/api/state_box_routes.c daemon/api/state_box_tools.c daemon/api/state_ipsec.c daemon/api/state_log.c \
	daemon/api/state_recorder.c daemon/api/state_spi.c daemon/api/state_system.c
libapi_state_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
