CONN_TESTS = tests/unit/test_conn tests/unit/test_conn_table
CONN_SAMPLES = tests/unit/conn_samples.c tests/unit/conn_samples.h
check_PROGRAMS += $(CONN_TESTS)
TESTS += $(CONN_TESTS)
tests_unit_test_conn_SOURCES = tests/unit/test_conn.c $(CONN_SAMPLES) tests/unit/unit.h
tests_unit_test_conn_LDADD = $(CONN_LIBS) $(TEST_LIBS)
tests_unit_test_conn_table_SOURCES = tests/unit/test_conn_table.c $(CONN_SAMPLES) tests/unit/unit.h
tests_unit_test_conn_table_LDADD = $(CONN_LIBS) $(TEST_LIBS)
