include daemon/api/state.mk
sbin_PROGRAMS += spindled
spindled_SOURCES = daemon/main/main.c daemon/main/options.c daemon/main/options.h \
	daemon/main/handlers.c daemon/main/pair.c daemon/main/pair.h daemon/main/places.c \
	daemon/main/recording.c daemon/main/recording.h daemon/main/remove.c \
	daemon/main/router.c daemon/main/router.h \
	daemon/main/router_internal.h daemon/main/router_seccomp.c \
	daemon/main/settings.c daemon/main/settings.h \
	daemon/main/settings_log.c daemon/main/settings_log.h
spindled_CFLAGS = $(AM_CFLAGS) $(YANG_CFLAGS) $(JANSSON_CFLAGS) $(SYSTEMD_CFLAGS)
# Rooms from the highest down, so that each finds what it calls behind it.
spindled_LDADD = libsupervisor.a libspiload.a libapi_state.a libapi.a libaaa.a libconfig.a librecovery.a libspi.a libsa.a libbox.a \
	libcrypto_map.a libengine.a libike_main.a libike_v2.a libike-crypto.a libike-wire.a \
	libengine.a libconn.a liblink.a libxfrm.a liblog.a librecorder.a libseal.a libnet.a $(BASE_LIBS) \
	$(NL_LIBS) $(BPF_LIBS) $(CAPNG_LIBS) $(SECCOMP_LIBS) $(YANG_LIBS) $(JANSSON_LIBS) \
	$(CRYPTO_LIBS) $(XCRYPT_LIBS) $(SYSTEMD_LIBS)
