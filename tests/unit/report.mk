REPORT_TESTS = tests/unit/test_report tests/unit/test_report_page tests/unit/test_report_pcapng \
	tests/unit/test_report_plain tests/unit/test_report_stamp tests/unit/test_report_story
check_PROGRAMS += $(REPORT_TESTS)
TESTS += $(REPORT_TESTS)
tests_unit_test_report_SOURCES = tests/unit/test_report.c tests/unit/unit.h
tests_unit_test_report_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=renameat2
tests_unit_test_report_LDADD = $(REPORT_LIBS) $(TEST_LIBS)
tests_unit_test_report_page_SOURCES = tests/unit/test_report_page.c tests/unit/unit.h \
	tests/unit/report_check.h
tests_unit_test_report_page_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTEST_INCIDENTS='"$(abs_top_srcdir)/tests/eem/incidents"'
tests_unit_test_report_page_LDADD = $(REPORT_LIBS) $(CRYPTO_LIBS) $(TEST_LIBS)
tests_unit_test_report_pcapng_SOURCES = tests/unit/test_report_pcapng.c tests/unit/unit.h
tests_unit_test_report_pcapng_LDADD = $(REPORT_LIBS) $(TEST_LIBS)
tests_unit_test_report_plain_SOURCES = tests/unit/test_report_plain.c tests/unit/unit.h
tests_unit_test_report_plain_LDADD = $(REPORT_LIBS) $(TEST_LIBS)
tests_unit_test_report_stamp_SOURCES = tests/unit/test_report_stamp.c tests/unit/unit.h
tests_unit_test_report_stamp_LDADD = $(REPORT_LIBS) $(TEST_LIBS)
tests_unit_test_report_story_SOURCES = tests/unit/test_report_story.c tests/unit/unit.h
tests_unit_test_report_story_LDADD = $(REPORT_LIBS) $(TEST_LIBS)

# The applets that come along (contrib/applets).
check_PROGRAMS += tests/unit/test_spi_flap
TESTS += tests/unit/test_spi_flap
tests_unit_test_spi_flap_SOURCES = tests/unit/test_spi_flap.c tests/unit/unit.h
tests_unit_test_spi_flap_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) \
	-DTEST_APPLETS='"$(abs_top_srcdir)/contrib/applets/spi-flap"'
nodist_EXTRA_tests_unit_test_spi_flap_SOURCES = dummy.cxx
tests_unit_test_spi_flap_LDADD = $(APPLET_LIBS) $(TEST_LIBS)
