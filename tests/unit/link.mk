check_PROGRAMS += tests/unit/test_link tests/unit/test_link_socket
TESTS += tests/unit/test_link tests/unit/test_link_socket
tests_unit_test_link_SOURCES = tests/unit/test_link.c tests/unit/unit.h
tests_unit_test_link_LDADD = $(LINK_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_link_socket_SOURCES = tests/unit/test_link_socket.c tests/unit/unit.h
tests_unit_test_link_socket_LDADD = $(LINK_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
