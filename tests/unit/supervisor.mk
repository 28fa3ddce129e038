# Supervisor, and what its processes do at their start. Privileges need root: else they skip.
SUPERVISOR_TESTS = \
	tests/unit/test_handover \
	tests/unit/test_policy \
	tests/unit/test_privileges \
	tests/unit/test_shut_in
check_PROGRAMS += $(SUPERVISOR_TESTS)
TESTS += $(SUPERVISOR_TESTS)
tests_unit_test_handover_SOURCES = tests/unit/test_handover.c tests/unit/unit.h
tests_unit_test_handover_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c tests/unit/unit.h
tests_unit_test_policy_LDADD = libsupervisor.a $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_privileges_SOURCES = tests/unit/test_privileges.c tests/unit/unit.h
tests_unit_test_privileges_LDADD = $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_shut_in_SOURCES = tests/unit/test_shut_in.c tests/unit/unit.h \
	daemon/main/router_seccomp.c daemon/main/router_internal.h
tests_unit_test_shut_in_CFLAGS = $(AM_CFLAGS)
tests_unit_test_shut_in_LDADD = libike_main.a $(NET_LIBS) $(BASE_LIBS) $(SYSTEMD_LIBS) \
	$(TEST_LIBS) -lpthread

# The whole router process, over the kernel's double.
check_PROGRAMS += tests/unit/test_main_router
TESTS += tests/unit/test_main_router
tests_unit_test_main_router_SOURCES = tests/unit/test_main_router.c tests/unit/unit.h \
	daemon/main/router.c daemon/main/router.h daemon/main/router_internal.h daemon/main/options.h \
	daemon/main/pair.c daemon/main/pair.h daemon/main/places.c daemon/main/recording.c daemon/main/recording.h \
	daemon/main/settings.c daemon/main/settings.h \
	daemon/main/settings_log.c daemon/main/settings_log.h
tests_unit_test_main_router_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) $(JANSSON_CFLAGS) \
	$(SYSTEMD_CFLAGS)
tests_unit_test_main_router_LDADD = libapi_state.a libapi.a libaaa.a libconfig.a librecovery.a \
	$(SPI_LIBS) libsa.a libbox.a libike-wire.a librecorder.a $(MAP_TEST_LIBS) $(CLIENT_LIBS) $(XCRYPT_LIBS) $(SYSTEMD_LIBS)
