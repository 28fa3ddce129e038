IKE_WIRE_TESTS = tests/unit/test_ike_wire tests/unit/test_ike_hostile tests/unit/test_ike_selector
check_PROGRAMS += $(IKE_WIRE_TESTS)
TESTS += $(IKE_WIRE_TESTS)
IKE_SAMPLES = tests/unit/ike_samples.c tests/unit/ike_samples.h
tests_unit_test_ike_wire_SOURCES = tests/unit/test_ike_wire.c tests/unit/hex.h $(IKE_SAMPLES) tests/unit/unit.h
tests_unit_test_ike_wire_LDADD = $(IKE_WIRE_LIBS) $(TEST_LIBS)
tests_unit_test_ike_hostile_SOURCES = tests/unit/test_ike_hostile.c tests/unit/hex.h $(IKE_SAMPLES) \
	tests/unit/unit.h
tests_unit_test_ike_hostile_LDADD = $(IKE_WIRE_LIBS) $(TEST_LIBS)
tests_unit_test_ike_selector_SOURCES = tests/unit/test_ike_selector.c tests/unit/unit.h
tests_unit_test_ike_selector_LDADD = $(IKE_WIRE_LIBS) $(TEST_LIBS)
