noinst_LIBRARIES += libreport.a
libreport_a_SOURCES = \
	lua/report/pcapng.c lua/report/pcapng.h \
	lua/report/plain.c lua/report/plain.h \
	lua/report/report.h \
	lua/report/stamp.c lua/report/stamp.h
libreport_a_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
REPORT_LIBS = libreport.a $(NET_LIBS) $(BASE_LIBS) $(JANSSON_LIBS)
