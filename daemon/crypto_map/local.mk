noinst_LIBRARIES += libcrypto_map.a
libcrypto_map_a_SOURCES = daemon/crypto_map/crypto_map.h daemon/crypto_map/crypto_map.c \
	daemon/crypto_map/build.c daemon/crypto_map/build.h \
	daemon/crypto_map/claims.c daemon/crypto_map/claims.h \
	daemon/crypto_map/compile.c daemon/crypto_map/compile.h \
	daemon/crypto_map/course.c daemon/crypto_map/crypto_map_internal.h \
	daemon/crypto_map/execute.c daemon/crypto_map/execute.h \
	daemon/crypto_map/graph.c daemon/crypto_map/graph.h \
	daemon/crypto_map/model.c daemon/crypto_map/model.h \
	daemon/crypto_map/reconcile.c daemon/crypto_map/reconcile.h
libcrypto_map_a_CFLAGS = $(AM_CFLAGS) $(YANG_CFLAGS)
