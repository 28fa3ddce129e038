noinst_LIBRARIES += libbase.a
libbase_a_SOURCES = \
	daemon/base/addr.c daemon/base/addr.h \
	daemon/base/alloc.c daemon/base/alloc.h \
	daemon/base/anchor.c daemon/base/anchor.h \
	daemon/base/banned.h \
	daemon/base/clock.c daemon/base/clock.h \
	daemon/base/error.c daemon/base/error.h \
	daemon/base/frame.c daemon/base/frame.h \
	daemon/base/identity.c daemon/base/identity.h \
	daemon/base/jobs.c daemon/base/jobs.h \
	daemon/base/leaf.c daemon/base/leaf.h \
	daemon/base/list.h \
	daemon/base/loop.c daemon/base/loop.h daemon/base/loop_event.c daemon/base/loop_internal.h \
	daemon/base/order.c daemon/base/order.h \
	daemon/base/pace.c daemon/base/pace.h \
	daemon/base/random.c daemon/base/random.h \
	daemon/base/reader.c daemon/base/reader.h \
	daemon/base/regex.cc daemon/base/regex.h \
	daemon/base/secret.c daemon/base/secret.h \
	daemon/base/table.c daemon/base/table.h \
	daemon/base/text.c daemon/base/text.h \
	daemon/base/transform.c daemon/base/transform.h \
	daemon/base/writer.c daemon/base/writer.h
libbase_a_CFLAGS = $(AM_CFLAGS) $(EVENT_CFLAGS) $(YANG_CFLAGS)
libbase_a_CXXFLAGS = $(AM_CXXFLAGS) $(RE2_CFLAGS)
BASE_LIBS = libbase.a $(EVENT_LIBS) -lpthread
REGEX_LIBS = $(RE2_LIBS) -lstdc++
