ENGINE_TESTS = tests/unit/test_engine_codec tests/unit/test_engine_link
ENGINE_SAMPLES = tests/unit/engine_samples.c tests/unit/engine_samples.h $(CONN_SAMPLES)
check_PROGRAMS += $(ENGINE_TESTS)
TESTS += $(ENGINE_TESTS)
tests_unit_test_engine_codec_SOURCES = tests/unit/test_engine_codec.c $(ENGINE_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_codec_LDADD = $(ENGINE_LIBS) $(TEST_LIBS)
tests_unit_test_engine_link_SOURCES = tests/unit/test_engine_link.c $(ENGINE_SAMPLES) tests/unit/unit.h
tests_unit_test_engine_link_LDADD = $(ENGINE_LIBS) $(TEST_LIBS)
