# What contrib/check eem needs built: the writer of reports as a program.
noinst_PROGRAMS += tests/eem/write_report
tests_eem_write_report_SOURCES = tests/eem/write_report.c
tests_eem_write_report_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_eem_write_report_LDADD = $(REPORT_LIBS)
EXTRA_DIST += tests/eem/incidents tests/eem/browser.py tests/eem/test_report_browser tests/eem/test_spi_flap_policy
