check_PROGRAMS += tests/unit/test_link tests/unit/test_link_socket tests/unit/test_routes
TESTS += tests/unit/test_link tests/unit/test_link_socket tests/unit/test_routes
tests_unit_test_link_SOURCES = tests/unit/test_link.c tests/unit/unit.h
tests_unit_test_link_LDADD = $(LINK_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_link_socket_SOURCES = tests/unit/test_link_socket.c tests/unit/unit.h
tests_unit_test_link_socket_LDADD = $(LINK_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_routes_SOURCES = tests/unit/test_routes.c tests/unit/netns.h tests/unit/unit.h
tests_unit_test_routes_LDADD = $(LINK_LIBS) $(NET_LIBS) $(BASE_LIBS) $(TEST_LIBS)
