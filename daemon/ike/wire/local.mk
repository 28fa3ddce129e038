noinst_LIBRARIES += libike-wire.a
libike_wire_a_SOURCES = \
	daemon/ike/wire/build.c \
	daemon/ike/wire/chain.c \
	daemon/ike/wire/layout.c daemon/ike/wire/layout.h \
	daemon/ike/wire/names.c \
	daemon/ike/wire/payload.c \
	daemon/ike/wire/selector.c \
	daemon/ike/wire/wire.h daemon/ike/wire/wire_internal.h
IKE_WIRE_LIBS = libike-wire.a $(BASE_LIBS)
