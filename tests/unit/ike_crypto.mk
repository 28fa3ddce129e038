IKE_CRYPTO_TESTS = tests/unit/test_ike_dh tests/unit/test_ike_keys tests/unit/test_ike_sk \
	tests/unit/test_ike_recorded
check_PROGRAMS += $(IKE_CRYPTO_TESTS)
TESTS += $(IKE_CRYPTO_TESTS)
tests_unit_test_ike_dh_SOURCES = tests/unit/test_ike_dh.c tests/unit/hex.h tests/unit/unit.h
tests_unit_test_ike_dh_LDADD = $(IKE_CRYPTO_LIBS) $(TEST_LIBS)
tests_unit_test_ike_keys_SOURCES = tests/unit/test_ike_keys.c tests/unit/hex.h tests/unit/unit.h
tests_unit_test_ike_keys_LDADD = $(IKE_CRYPTO_LIBS) $(TEST_LIBS)
tests_unit_test_ike_sk_SOURCES = tests/unit/test_ike_sk.c tests/unit/hex.h tests/unit/unit.h
tests_unit_test_ike_sk_LDADD = $(IKE_CRYPTO_LIBS) $(TEST_LIBS)
tests_unit_test_ike_recorded_SOURCES = tests/unit/test_ike_recorded.c tests/unit/ike_recorded.c tests/unit/ike_recorded.h \
	tests/unit/hex.h $(IKE_SAMPLES) tests/unit/unit.h
tests_unit_test_ike_recorded_LDADD = $(IKE_CRYPTO_LIBS) $(TEST_LIBS)
