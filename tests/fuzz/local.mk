# Fuzz targets. With --enable-fuzzing (clang) they are libFuzzer programs, which tests/fuzz/run runs;
# without it each is linked with a small main that replays tests/fuzz/corpus/NAME as a test.
# Adding one: its name here, its sources and libraries below, a corpus.
FUZZ_TARGETS = \
	tests/fuzz/fuzz_applet \
	tests/fuzz/fuzz_cli \
	tests/fuzz/fuzz_control \
	tests/fuzz/fuzz_engine \
	tests/fuzz/fuzz_frame \
	tests/fuzz/fuzz_history \
	tests/fuzz/fuzz_ike_v2 \
	tests/fuzz/fuzz_ike_wire \
	tests/fuzz/fuzz_load \
	tests/fuzz/fuzz_netlink \
	tests/fuzz/fuzz_recorder \
	tests/fuzz/fuzz_refusal \
	tests/fuzz/fuzz_report \
	tests/fuzz/fuzz_startup \
	tests/fuzz/fuzz_tap \
	tests/fuzz/fuzz_telnet

# Not from the fragments of the unit tests: those are left out where cmocka is not installed.
FUZZ_ROOMS = tests/fuzz/agreeable.c tests/fuzz/agreeable.h
FUZZ_IKE_SAMPLES = tests/unit/ike_samples.c tests/unit/ike_samples.h

tests_fuzz_fuzz_applet_SOURCES = tests/fuzz/fuzz_applet.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
nodist_EXTRA_tests_fuzz_fuzz_applet_SOURCES = dummy.cxx
tests_fuzz_fuzz_applet_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_applet_LDADD = $(APPLET_LIBS)
tests_fuzz_fuzz_applet_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# Linked by the C++ compiler: regex is C++, and its sanitizer runtime is not in clang's own.
tests_fuzz_fuzz_cli_SOURCES = tests/fuzz/fuzz_cli.c tests/fuzz/fuzz.h tests/cli/fake_daemon.c \
	tests/cli/fake_daemon.h $(FUZZ_MAIN)
nodist_EXTRA_tests_fuzz_fuzz_cli_SOURCES = dummy.cxx
tests_fuzz_fuzz_cli_LDADD = $(SHELL_LIBS)
tests_fuzz_fuzz_cli_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_load_SOURCES = tests/fuzz/fuzz_load.c tests/fuzz/fuzz.h tests/cli/fake_daemon.c \
	tests/cli/fake_daemon.h $(FUZZ_MAIN)
nodist_EXTRA_tests_fuzz_fuzz_load_SOURCES = dummy.cxx
tests_fuzz_fuzz_load_LDADD = $(SHELL_LIBS)
tests_fuzz_fuzz_load_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz_control.c tests/fuzz/fuzz.h $(FUZZ_ROOMS) \
	$(FUZZ_MAIN)
tests_fuzz_fuzz_control_CPPFLAGS = $(AM_CPPFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS) \
	-DTEST_YANG='"$(abs_top_srcdir)/yang"'
tests_fuzz_fuzz_control_LDADD = $(API_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_control_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_frame_SOURCES = tests/fuzz/fuzz_frame.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_frame_LDADD = $(BASE_LIBS) $(JANSSON_LIBS)
tests_fuzz_fuzz_frame_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_engine_SOURCES = tests/fuzz/fuzz_engine.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_engine_LDADD = $(ENGINE_LIBS)
tests_fuzz_fuzz_engine_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_recorder_SOURCES = tests/fuzz/fuzz_recorder.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_recorder_LDADD = $(RECORDER_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_recorder_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# Rings of 16 slots: the start reads all of them.
tests_fuzz_fuzz_history_SOURCES = tests/fuzz/fuzz_history.c tests/fuzz/fuzz.h daemon/sa/history.c \
	$(FUZZ_MAIN)
tests_fuzz_fuzz_history_CPPFLAGS = $(AM_CPPFLAGS) -DHISTORY_SLOTS=16
tests_fuzz_fuzz_history_LDADD = libsa.a $(LOG_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_history_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# Its own base/random, so that an input does the same each time.
tests_fuzz_fuzz_ike_v2_SOURCES = tests/fuzz/fuzz_ike_v2.c tests/fuzz/fuzz.h \
	tests/fake/ike_router.c tests/fake/ike_router.h \
	tests/scenario/ike_pair.c tests/scenario/ike_pair.h $(FUZZ_MAIN)
tests_fuzz_fuzz_ike_v2_CPPFLAGS = $(AM_CPPFLAGS) -DFAKE_TOKENS_MAX=256 -DFAKE_EVENTS_MAX=1024
tests_fuzz_fuzz_ike_v2_LDADD = $(IKE_V2_LIBS)
tests_fuzz_fuzz_ike_v2_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_ike_wire_SOURCES = tests/fuzz/fuzz_ike_wire.c tests/fuzz/fuzz.h $(FUZZ_IKE_SAMPLES) $(FUZZ_MAIN)
tests_fuzz_fuzz_ike_wire_LDADD = $(IKE_WIRE_LIBS)
tests_fuzz_fuzz_ike_wire_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_netlink_SOURCES = tests/fuzz/fuzz_netlink.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_netlink_LDADD = $(XFRM_LIBS) $(LINK_LIBS) $(LOG_LIBS) $(NET_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_netlink_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_refusal_SOURCES = tests/fuzz/fuzz_refusal.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_refusal_LDADD = $(SPI_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_refusal_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_report_SOURCES = tests/fuzz/fuzz_report.c tests/fuzz/fuzz.h tests/unit/report_check.h \
	$(FUZZ_MAIN)
tests_fuzz_fuzz_report_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_report_LDADD = $(REPORT_LIBS)
tests_fuzz_fuzz_report_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_startup_SOURCES = tests/fuzz/fuzz_startup.c tests/fuzz/fuzz.h $(FUZZ_ROOMS) \
	$(FUZZ_MAIN)
tests_fuzz_fuzz_startup_CPPFLAGS = $(AM_CPPFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS) \
	-DTEST_YANG='"$(abs_top_srcdir)/yang"'
tests_fuzz_fuzz_startup_LDADD = $(CONFIG_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_startup_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

# The BPF program itself is compiled for this machine, with headers that stand in for libbpf's.
tests_fuzz_fuzz_tap_SOURCES = tests/fuzz/fuzz_tap.c tests/fuzz/fuzz.h tests/fuzz/bpf/bpf/bpf_endian.h \
	tests/fuzz/bpf/bpf/bpf_helpers.h $(FUZZ_MAIN)
tests_fuzz_fuzz_tap_CPPFLAGS = -I$(top_srcdir)/tests/fuzz/bpf $(AM_CPPFLAGS)
tests_fuzz_fuzz_tap_LDADD = $(SPI_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_tap_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

tests_fuzz_fuzz_telnet_SOURCES = tests/fuzz/fuzz_telnet.c tests/fuzz/fuzz.h cli/remote.c cli/remote.h \
	$(FUZZ_MAIN)
nodist_EXTRA_tests_fuzz_fuzz_telnet_SOURCES = dummy.cxx
tests_fuzz_fuzz_telnet_LDADD = $(TELNETD_LIBS)
tests_fuzz_fuzz_telnet_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_LDFLAGS)

if FUZZING
FUZZ_MAIN =
FUZZ_LDFLAGS = -fsanitize=fuzzer
noinst_PROGRAMS += $(FUZZ_TARGETS)
else
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_LDFLAGS =
check_PROGRAMS += $(FUZZ_TARGETS)
TESTS += $(FUZZ_TARGETS)
endif

# Writes the seeds that our own builders make: tests/fuzz/make_seeds tests/fuzz/corpus
EXTRA_PROGRAMS += tests/fuzz/make_seeds
CLEANFILES += tests/fuzz/make_seeds
tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.c $(FUZZ_IKE_SAMPLES) \
	tests/unit/engine_samples.c tests/unit/engine_samples.h \
	tests/unit/conn_samples.c tests/unit/conn_samples.h
tests_fuzz_make_seeds_LDADD = $(ENGINE_LIBS) $(IKE_WIRE_LIBS)

dist_noinst_SCRIPTS += tests/fuzz/run
EXTRA_DIST += tests/fuzz/corpus tests/fuzz/json.dict
