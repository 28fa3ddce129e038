noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = \
	lua/report/advice.c lua/report/advice.h \
	lua/report/apart.c \
	lua/report/chart.c lua/report/chart.h \
	lua/report/letter.c lua/report/letter.h \
	lua/report/packet.c lua/report/packet.h \
	lua/report/page.c lua/report/page.h lua/report/page_style.c \
	lua/report/pcapng.c lua/report/pcapng.h \
	lua/report/plain.c lua/report/plain.h \
	lua/report/render.c lua/report/render.h lua/report/render_internal.h \
	lua/report/report.c lua/report/report.h \
	lua/report/stamp.c lua/report/stamp.h \
	lua/report/store.c lua/report/store.h \
	lua/report/story.c lua/report/story.h
libreport_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
REPORT_LIBS = libreport.a $(NET_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
