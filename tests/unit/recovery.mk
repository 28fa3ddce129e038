RECOVERY_TESTS = tests/unit/test_decide tests/unit/test_recovery tests/unit/test_recovery_cure \
	tests/unit/test_recovery_says tests/unit/test_settings \
	tests/unit/test_recording
check_PROGRAMS += $(RECOVERY_TESTS)
TESTS += $(RECOVERY_TESTS)
tests_unit_test_decide_SOURCES = tests/unit/test_decide.c
tests_unit_test_decide_LDADD = librecovery.a $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_recovery_SOURCES = tests/unit/test_recovery.c tests/unit/recovery_world.h $(ROUTER_WORLD)
tests_unit_test_recovery_LDADD = librecovery.a $(SPI_LIBS) libsa.a libengine.a libconn.a $(FAKE_XFRM_LIBS) \
	$(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_recovery_cure_SOURCES = tests/unit/test_recovery_cure.c tests/unit/recovery_world.h $(ROUTER_WORLD)
tests_unit_test_recovery_cure_LDADD = librecovery.a $(SPI_LIBS) libsa.a libengine.a libconn.a $(FAKE_XFRM_LIBS) \
	$(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_recovery_says_SOURCES = tests/unit/test_recovery_says.c tests/unit/recovery_world.h $(ROUTER_WORLD)
tests_unit_test_recovery_says_LDADD = $(tests_unit_test_recovery_cure_LDADD)
tests_unit_test_settings_SOURCES = tests/unit/test_settings.c daemon/main/settings.c daemon/main/settings.h \
	daemon/main/settings_log.c daemon/main/settings_log.h
tests_unit_test_settings_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_settings_LDADD = libconfig.a $(LOG_LIBS) $(SEAL_LIBS) $(YANG_LIBS) $(JANSSON_LIBS) $(NET_LIBS) \
	$(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_recording_SOURCES = tests/unit/test_recording.c tests/unit/recovery_world.h $(ROUTER_WORLD) \
	daemon/main/recording.c daemon/main/recording.h
tests_unit_test_recording_LDADD = libike-wire.a librecorder.a $(tests_unit_test_recovery_cure_LDADD)
