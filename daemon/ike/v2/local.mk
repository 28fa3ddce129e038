noinst_LIBRARIES += libike_v2.a
libike_v2_a_SOURCES = \
	daemon/ike/v2/api.c \
	daemon/ike/v2/auth_i.c \
	daemon/ike/v2/auth_r.c \
	daemon/ike/v2/child.c \
	daemon/ike/v2/collide.c \
	daemon/ike/v2/conns.c \
	daemon/ike/v2/cookie.c \
	daemon/ike/v2/create.c \
	daemon/ike/v2/dh.c \
	daemon/ike/v2/info.c \
	daemon/ike/v2/inherit.c \
	daemon/ike/v2/init_i.c \
	daemon/ike/v2/init_r.c \
	daemon/ike/v2/input.c \
	daemon/ike/v2/message.c \
	daemon/ike/v2/op.c \
	daemon/ike/v2/record.c \
	daemon/ike/v2/router.c \
	daemon/ike/v2/sa.c \
	daemon/ike/v2/select.c \
	daemon/ike/v2/state.c daemon/ike/v2/state.h \
	daemon/ike/v2/task.c \
	daemon/ike/v2/timers.c \
	daemon/ike/v2/trace.c \
	daemon/ike/v2/v2.c daemon/ike/v2/v2.h daemon/ike/v2/v2_internal.h
IKE_V2_LIBS = libike_v2.a $(IKE_CRYPTO_LIBS) $(IKE_WIRE_LIBS) $(RECORDER_LIBS) $(ENGINE_LIBS)
