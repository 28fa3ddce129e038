noinst_LIBRARIES += libike-crypto.a
libike_crypto_a_SOURCES = \
	daemon/ike/crypto/algorithms.c \
	daemon/ike/crypto/auth.c \
	daemon/ike/crypto/begin.c \
	daemon/ike/crypto/crypto.h daemon/ike/crypto/crypto_internal.h \
	daemon/ike/crypto/dh.c \
	daemon/ike/crypto/keys.c \
	daemon/ike/crypto/prf.c \
	daemon/ike/crypto/sk.c
libike_crypto_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
IKE_CRYPTO_LIBS = libike-crypto.a $(IKE_WIRE_LIBS) $(CRYPTO_LIBS)
