# Base: one program a module (test_alloc: memory, errors and lists; test_clock: clocks and chance).
BASE_TESTS = \
	tests/unit/test_reader \
	tests/unit/test_writer \
	tests/unit/test_addr \
	tests/unit/test_alloc \
	tests/unit/test_table \
	tests/unit/test_text \
	tests/unit/test_clock \
	tests/unit/test_pace \
	tests/unit/test_loop \
	tests/unit/test_jobs \
	tests/unit/test_secret \
	tests/unit/test_regex \
	tests/unit/test_identity \
	tests/unit/test_leaf \
	tests/unit/test_transform
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_test_reader_SOURCES = tests/unit/test_reader.c tests/unit/unit.h
tests_unit_test_reader_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_writer_SOURCES = tests/unit/test_writer.c tests/unit/unit.h
tests_unit_test_writer_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_addr_SOURCES = tests/unit/test_addr.c tests/unit/unit.h
tests_unit_test_addr_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_alloc_SOURCES = tests/unit/test_alloc.c tests/unit/unit.h
tests_unit_test_alloc_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_table_SOURCES = tests/unit/test_table.c tests/unit/unit.h
tests_unit_test_table_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_text_SOURCES = tests/unit/test_text.c tests/unit/unit.h
tests_unit_test_text_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c tests/unit/unit.h
tests_unit_test_clock_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_pace_SOURCES = tests/unit/test_pace.c tests/unit/unit.h
tests_unit_test_pace_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c tests/unit/unit.h
tests_unit_test_loop_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_jobs_SOURCES = tests/unit/test_jobs.c tests/unit/unit.h
tests_unit_test_jobs_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c tests/unit/unit.h
tests_unit_test_secret_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_regex_SOURCES = tests/unit/test_regex.c tests/unit/unit.h
tests_unit_test_regex_LDADD = $(BASE_LIBS) $(REGEX_LIBS) $(TEST_LIBS)
tests_unit_test_identity_SOURCES = tests/unit/test_identity.c tests/unit/unit.h
tests_unit_test_identity_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_transform_SOURCES = tests/unit/test_transform.c tests/unit/unit.h
tests_unit_test_transform_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_leaf_SOURCES = tests/unit/test_leaf.c tests/unit/unit.h
tests_unit_test_leaf_CPPFLAGS = $(AM_CPPFLAGS) $(YANG_CFLAGS)
tests_unit_test_leaf_LDADD = $(BASE_LIBS) $(YANG_LIBS) $(TEST_LIBS)
