# What the flight recorder costs at 1,000 rekeys a minute: 15 pairs of runs, about eleven minutes.
noinst_PROGRAMS += tests/bench/recorder
tests_bench_recorder_SOURCES = tests/bench/recorder.c daemon/main/recording.c daemon/main/recording.h \
	tests/fake/ike_router.c tests/fake/ike_router.h
tests_bench_recorder_LDADD = librecovery.a $(SPI_LIBS) libsa.a libike_v2.a $(IKE_CRYPTO_LIBS) $(IKE_WIRE_LIBS) \
	librecorder.a libengine.a libconn.a $(FAKE_XFRM_LIBS) $(LOG_LIBS) $(NET_LIBS) $(BASE_LIBS)
