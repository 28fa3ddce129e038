noinst_PROGRAMS += tests/bench/config
tests_bench_config_SOURCES = tests/bench/config.c
tests_bench_config_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_bench_config_LDADD = $(MAP_TEST_LIBS)
