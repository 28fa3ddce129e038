noinst_LIBRARIES += libapplet.a
libapplet_a_SOURCES = \
	lua/applet/action.c \
	lua/applet/action_table.c \
	lua/applet/applet.h lua/applet/applet_internal.h \
	lua/applet/compile.c \
	lua/applet/detector.c \
	lua/applet/event.c \
	lua/applet/event_table.c \
	lua/applet/form.c \
	lua/applet/help.c \
	lua/applet/trigger.c \
	lua/applet/value.c \
	lua/applet/words.c
libapplet_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
APPLET_LIBS = libapplet.a $(BASE_LIBS) $(REGEX_LIBS) $(JANSSON_LIBS)
# The policies' processes run it (lua/worker puts it into the program).
EXTRA_DIST += lua/applet/runtime.lua
