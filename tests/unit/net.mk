# Net. What needs a network namespace of its own skips, and says so, where none can be made.
NET_TESTS = \
	tests/unit/test_icmp \
	tests/unit/test_netlink \
	tests/unit/test_udp \
	tests/unit/test_unix
check_PROGRAMS += $(NET_TESTS)
TESTS += $(NET_TESTS)
tests_unit_test_icmp_SOURCES = tests/unit/test_icmp.c tests/unit/netns.h tests/unit/unit.h
tests_unit_test_icmp_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_netlink_SOURCES = tests/unit/test_netlink.c tests/unit/netns.h tests/unit/unit.h
tests_unit_test_netlink_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
tests_unit_test_netlink_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_udp_SOURCES = tests/unit/test_udp.c tests/unit/netns.h tests/unit/unit.h
tests_unit_test_udp_CFLAGS = $(AM_CFLAGS) $(NL_CFLAGS)
tests_unit_test_udp_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_unix_SOURCES = tests/unit/test_unix.c tests/unit/unit.h
tests_unit_test_unix_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
