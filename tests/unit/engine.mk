ENGINE_TESTS = tests/unit/test_engine_codec tests/unit/test_engine_link tests/unit/test_engine_router \
	tests/unit/test_engine_scale tests/unit/test_engine_pair
ENGINE_SAMPLES = tests/unit/engine_samples.c tests/unit/engine_samples.h $(CONN_SAMPLES)
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)
tests_unit_test_engine_codec_SOURCES = tests/unit/test_engine_codec.c $(ENGINE_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_codec_LDADD = $(ENGINE_LIBS) $(TEST_LIBS)
tests_unit_test_engine_link_SOURCES = tests/unit/test_engine_link.c $(ENGINE_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_link_LDADD = $(ENGINE_LIBS) $(TEST_LIBS)
tests_unit_test_engine_router_SOURCES = tests/unit/test_engine_router.c $(CONN_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_router_LDADD = libengine.a libconn.a $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_engine_scale_SOURCES = tests/unit/test_engine_scale.c $(CONN_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_scale_LDADD = $(ENGINE_LIBS) $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_engine_pair_SOURCES = tests/unit/test_engine_pair.c daemon/main/pair.c daemon/main/pair.h \
	$(CONN_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_pair_CFLAGS = $(AM_CFLAGS)
tests_unit_test_engine_pair_LDADD = $(ENGINE_LIBS) $(LOG_LIBS) $(BASE_LIBS) $(TEST_LIBS)
