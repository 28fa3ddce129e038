# All of what tests/unit/test_cli_generated does a little of.
noinst_PROGRAMS += tests/bench/roundtrip
tests_bench_roundtrip_SOURCES = tests/bench/roundtrip.c $(GENERATED)
tests_bench_roundtrip_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_bench_roundtrip_LDADD = $(SHELL_LIBS) $(MAP_TEST_LIBS)
