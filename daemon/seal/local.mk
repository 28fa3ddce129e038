noinst_LIBRARIES += libseal.a
libseal_a_SOURCES = daemon/seal/seal.c daemon/seal/seal.h
libseal_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
SEAL_LIBS = libseal.a $(CRYPTO_LIBS)
