CRYPTO_MAP_TESTS = tests/unit/test_crypto_map tests/unit/test_crypto_map_compile \
	tests/unit/test_crypto_map_many
check_PROGRAMS += $(CRYPTO_MAP_TESTS)
TESTS += $(CRYPTO_MAP_TESTS)
MAP_WORLD = tests/unit/map_world.c tests/unit/map_world.h tests/unit/unit.h
MAP_TEST_LIBS = libcrypto_map.a libconfig.a libconn.a libengine.a liblink.a $(FAKE_XFRM_LIBS) $(LOG_LIBS) \
	$(SEAL_LIBS) $(YANG_LIBS) $(JANSSON_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_crypto_map_SOURCES = tests/unit/test_crypto_map.c $(MAP_WORLD)
tests_unit_test_crypto_map_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_crypto_map_LDADD = $(MAP_TEST_LIBS)
tests_unit_test_crypto_map_compile_SOURCES = tests/unit/test_crypto_map_compile.c $(MAP_WORLD)
tests_unit_test_crypto_map_compile_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_crypto_map_compile_LDADD = $(MAP_TEST_LIBS)
tests_unit_test_crypto_map_many_SOURCES = tests/unit/test_crypto_map_many.c $(MAP_WORLD)
tests_unit_test_crypto_map_many_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_crypto_map_many_LDADD = $(MAP_TEST_LIBS)
