# The kernel's double, for every room's tests: link $(FAKE_XFRM_LIBS) before the other libraries.
noinst_LIBRARIES += libfakexfrm.a
libfakexfrm_a_SOURCES = \
	tests/fake/xfrm.c tests/fake/xfrm.h \
	tests/fake/xfrm_packets.c tests/fake/xfrm_fake.h
FAKE_XFRM_LIBS = libfakexfrm.a libxfrm.a

XFRM_TESTS = \
	tests/unit/test_xfrm_mirror \
	tests/unit/test_xfrm_fake \
	tests/unit/test_xfrm_wire \
	tests/unit/test_xfrm_netlink
check_PROGRAMS += $(XFRM_TESTS)
TESTS += $(XFRM_TESTS)
XFRM_TEST_LIBS = $(FAKE_XFRM_LIBS) $(XFRM_LIBS) $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_xfrm_mirror_SOURCES = tests/unit/test_xfrm_mirror.c tests/unit/xfrm_watch.h
tests_unit_test_xfrm_mirror_LDADD = $(XFRM_TEST_LIBS)
tests_unit_test_xfrm_fake_SOURCES = tests/unit/test_xfrm_fake.c tests/unit/xfrm_watch.h
tests_unit_test_xfrm_fake_LDADD = $(XFRM_TEST_LIBS)
tests_unit_test_xfrm_wire_SOURCES = tests/unit/test_xfrm_wire.c tests/unit/xfrm_watch.h \
	tests/unit/xfrm_recorded.h
tests_unit_test_xfrm_wire_LDADD = $(XFRM_TEST_LIBS)
tests_unit_test_xfrm_netlink_SOURCES = tests/unit/test_xfrm_netlink.c tests/unit/xfrm_watch.h
tests_unit_test_xfrm_netlink_LDADD = $(XFRM_TEST_LIBS)

# For the lab: tests/kernel/test_xfrm_kernel.
noinst_PROGRAMS += tests/kernel/xfrm_probe
tests_kernel_xfrm_probe_SOURCES = tests/kernel/xfrm_probe.c tests/unit/xfrm_watch.h
tests_kernel_xfrm_probe_LDADD = $(XFRM_TEST_LIBS)
