noinst_LIBRARIES += libaaa.a
libaaa_a_SOURCES = \
	daemon/aaa/aaa.c daemon/aaa/aaa.h \
	daemon/aaa/aaa_internal.h \
	daemon/aaa/check.c \
	daemon/aaa/hash.c daemon/aaa/hash.h \
	daemon/aaa/line.c \
	daemon/aaa/model.c daemon/aaa/model.h \
	daemon/aaa/privilege.c \
	daemon/aaa/watch.c daemon/aaa/watch.h
libaaa_a_CFLAGS = $(AM_CFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS) $(XCRYPT_CFLAGS)
AAA_LIBS = libaaa.a $(CONFIG_LIBS) $(XCRYPT_LIBS)
