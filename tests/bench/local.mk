include tests/bench/config.mk

noinst_PROGRAMS += tests/bench/log
tests_bench_log_SOURCES = tests/bench/log.c
tests_bench_log_LDADD = $(LOG_LIBS) $(BASE_LIBS)
if UNIT_TESTS
include tests/bench/scale.mk
include tests/bench/recorder.mk
include tests/bench/roundtrip.mk
endif

# Run by hand in the lab (doc/performance.md, doc/service.md, doc/fuzzing.md); no part of check.
EXTRA_DIST += tests/bench/cli tests/bench/recovery tests/bench/collisions tests/bench/processes tests/bench/kills \
	tests/bench/deaths tests/bench/rekeys tests/bench/spi_trials tests/bench/flood
