# Api: api_fixture is a control socket on a real loop with a configuration behind it.
API_TESTS = \
	tests/unit/test_frame \
	tests/unit/test_api_candidate \
	tests/unit/test_api_people \
	tests/unit/test_api_provide \
	tests/unit/test_api_session \
	tests/unit/test_api_stream \
	tests/unit/test_api_events \
	tests/unit/test_client
check_PROGRAMS += $(API_TESTS)
TESTS += $(API_TESTS)
API_FIXTURE = tests/unit/api_fixture.c tests/unit/api_fixture.h $(CONFIG_FIXTURE)
API_TEST_LIBS = $(API_LIBS) $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c tests/unit/unit.h
tests_unit_test_frame_LDADD = $(BASE_LIBS) $(TEST_LIBS)
tests_unit_test_api_candidate_SOURCES = tests/unit/test_api_candidate.c $(API_FIXTURE)
tests_unit_test_api_candidate_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_candidate_LDADD = $(API_TEST_LIBS)
tests_unit_test_api_provide_SOURCES = tests/unit/test_api_provide.c $(API_FIXTURE)
tests_unit_test_api_provide_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_EXAMPLE='"$(abs_top_srcdir)/contrib/examples/provide.py"'
tests_unit_test_api_provide_LDADD = $(API_TEST_LIBS)
tests_unit_test_api_session_SOURCES = tests/unit/test_api_session.c $(API_FIXTURE)
tests_unit_test_api_session_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_session_LDADD = $(API_TEST_LIBS)
tests_unit_test_api_stream_SOURCES = tests/unit/test_api_stream.c $(API_FIXTURE)
tests_unit_test_api_stream_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_stream_LDADD = $(API_TEST_LIBS)
tests_unit_test_api_events_SOURCES = tests/unit/test_api_events.c $(API_FIXTURE)
tests_unit_test_api_events_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_events_LDADD = $(API_TEST_LIBS)
tests_unit_test_client_SOURCES = tests/unit/test_client.c $(API_FIXTURE)
tests_unit_test_client_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES) \
	-DTEST_EXAMPLE='"$(abs_top_srcdir)/contrib/examples/watch.py"'
tests_unit_test_client_LDADD = $(CLIENT_LIBS) $(API_TEST_LIBS)

# What `show` reads, over all rooms, a fake kernel and a played engine.
API_STATE_TESTS = tests/unit/test_api_state
check_PROGRAMS += $(API_STATE_TESTS)
TESTS += $(API_STATE_TESTS)
STATE_WORLD = tests/unit/state_world.c tests/unit/state_world.h tests/unit/router_world.c \
	tests/unit/router_world.h $(MAP_WORLD)
STATE_TEST_LIBS = libapi_state.a libapi.a libaaa.a librecorder.a librecovery.a $(SPI_LIBS) libsa.a $(BOX_LIBS) $(MAP_TEST_LIBS) $(XCRYPT_LIBS)
tests_unit_test_api_state_SOURCES = tests/unit/test_api_state.c tests/unit/state_box.c tests/unit/state_routes.c tests/unit/state_more.c tests/unit/state_crypto.c tests/unit/state_log.c $(STATE_WORLD)
tests_unit_test_api_state_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_state_LDADD = $(STATE_TEST_LIBS)
tests_unit_test_api_people_SOURCES = tests/unit/test_api_people.c $(API_FIXTURE)
tests_unit_test_api_people_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_unit_test_api_people_LDADD = $(API_TEST_LIBS)
