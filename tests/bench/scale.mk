noinst_PROGRAMS += tests/bench/scale
tests_bench_scale_SOURCES = tests/bench/scale.c
tests_bench_scale_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_bench_scale_LDADD = libapi_state.a libapi.a libaaa.a libconfig.a librecorder.a librecovery.a $(SPI_LIBS) libsa.a libbox.a libcrypto_map.a \
	libengine.a libconn.a liblink.a $(FAKE_XFRM_LIBS) liblog.a libseal.a libnet.a $(BASE_LIBS) \
	$(NL_LIBS) $(YANG_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS) $(XCRYPT_LIBS)

# A router with many pairs, for tests/bench/cli.
noinst_PROGRAMS += tests/bench/cli_router
tests_bench_cli_router_SOURCES = tests/bench/cli_router.c $(API_FIXTURE)
tests_bench_cli_router_CPPFLAGS = $(AM_CPPFLAGS) $(CONFIG_TEST_DEFINES)
tests_bench_cli_router_LDADD = libapi_state.a libapi.a libaaa.a libconfig.a librecorder.a librecovery.a $(SPI_LIBS) libsa.a $(BOX_LIBS) libcrypto_map.a \
	libengine.a libconn.a liblink.a $(FAKE_XFRM_LIBS) liblog.a libseal.a libnet.a $(BASE_LIBS) \
	$(NL_LIBS) $(YANG_LIBS) $(JANSSON_LIBS) $(CRYPTO_LIBS) $(XCRYPT_LIBS) $(TEST_LIBS)
