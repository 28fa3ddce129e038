# Two engines on one simulated clock; every collision and loss by index.
IKE_PAIR = tests/fake/ike_router.c tests/fake/ike_router.h \
	tests/scenario/ike_pair.c tests/scenario/ike_pair.h
IKE_V2_TESTS = tests/unit/test_ike_state tests/unit/test_ike_select \
	tests/scenario/ike_establish tests/scenario/ike_children tests/scenario/ike_collide \
	tests/scenario/ike_info tests/scenario/ike_life tests/scenario/ike_hostile \
	tests/scenario/ike_wicked tests/scenario/ike_alloc tests/scenario/ike_chaos \
	tests/scenario/ike_shut_in tests/scenario/ike_process tests/scenario/ike_recorder
check_PROGRAMS += $(IKE_V2_TESTS)
TESTS += $(IKE_V2_TESTS)
tests_unit_test_ike_state_SOURCES = tests/unit/test_ike_state.c
tests_unit_test_ike_state_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_unit_test_ike_select_SOURCES = tests/unit/test_ike_select.c
tests_unit_test_ike_select_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_establish_SOURCES = tests/scenario/ike_establish.c $(IKE_PAIR)
tests_scenario_ike_establish_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_children_SOURCES = tests/scenario/ike_children.c $(IKE_PAIR)
tests_scenario_ike_children_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_collide_SOURCES = tests/scenario/ike_collide.c $(IKE_PAIR)
tests_scenario_ike_collide_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_info_SOURCES = tests/scenario/ike_info.c $(IKE_PAIR)
tests_scenario_ike_info_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_life_SOURCES = tests/scenario/ike_life.c $(IKE_PAIR)
tests_scenario_ike_life_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_hostile_SOURCES = tests/scenario/ike_hostile.c $(IKE_PAIR)
tests_scenario_ike_hostile_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_alloc_SOURCES = tests/scenario/ike_alloc.c $(IKE_PAIR)
tests_scenario_ike_alloc_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_chaos_SOURCES = tests/scenario/ike_chaos.c $(IKE_PAIR)
tests_scenario_ike_chaos_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_recorder_SOURCES = tests/scenario/ike_recorder.c tests/unit/unit.h $(IKE_PAIR)
tests_scenario_ike_recorder_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_shut_in_SOURCES = tests/scenario/ike_shut_in.c $(IKE_PAIR)
tests_scenario_ike_shut_in_LDADD = libike_main.a $(NET_LIBS) $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_process_SOURCES = tests/scenario/ike_process.c $(IKE_PAIR) tests/unit/netns.h \
	tests/unit/unit.h
tests_scenario_ike_process_LDADD = libike_main.a $(NET_LIBS) $(IKE_V2_LIBS) $(NET_LIBS) $(TEST_LIBS)
tests_scenario_ike_wicked_SOURCES = tests/scenario/ike_wicked.c $(IKE_PAIR)
tests_scenario_ike_wicked_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
# The engine on real sockets, for tests/interop (in the lab).
check_PROGRAMS += tests/interop/ike_peer
tests_interop_ike_peer_SOURCES = tests/interop/ike_peer.c tests/fake/ike_router.c \
	tests/fake/ike_router.h
tests_interop_ike_peer_LDADD = $(IKE_V2_LIBS) $(NET_LIBS) $(BASE_LIBS)
