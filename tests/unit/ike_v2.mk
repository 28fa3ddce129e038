# Two engines on one simulated clock; every collision and loss by index.
IKE_PAIR = tests/fake/ike_router.c tests/fake/ike_router.h \
	tests/scenario/ike_pair.c tests/scenario/ike_pair.h
IKE_V2_TESTS = tests/scenario/ike_establish tests/scenario/ike_children tests/scenario/ike_collide
check_PROGRAMS += $(IKE_V2_TESTS)
TESTS += $(IKE_V2_TESTS)
tests_scenario_ike_establish_SOURCES = tests/scenario/ike_establish.c $(IKE_PAIR)
tests_scenario_ike_establish_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_children_SOURCES = tests/scenario/ike_children.c $(IKE_PAIR)
tests_scenario_ike_children_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
tests_scenario_ike_collide_SOURCES = tests/scenario/ike_collide.c $(IKE_PAIR)
tests_scenario_ike_collide_LDADD = $(IKE_V2_LIBS) $(TEST_LIBS)
