# Tests: unit (cmocka, one program a module), scenario (engines joined without a kernel), checks of
# the source itself. What needs a kernel with ESP is run by contrib/check in the lab, not here.
TEST_LIBS = $(CMOCKA_LIBS)
if UNIT_TESTS
include tests/unit/base.mk
include tests/unit/seal.mk
include tests/unit/recorder.mk
include tests/unit/net.mk
include tests/unit/log.mk
include tests/unit/xfrm.mk
include tests/unit/link.mk
include tests/unit/conn.mk
include tests/unit/engine.mk
include tests/unit/crypto_map.mk
include tests/unit/sa.mk
include tests/unit/spi.mk
include tests/unit/recovery.mk
include tests/unit/config.mk
include tests/unit/aaa.mk
include tests/unit/api.mk
include tests/unit/ike.mk
include tests/unit/supervisor.mk
include tests/unit/applet.mk
include tests/unit/match.mk
include tests/unit/cli.mk
include tests/unit/term.mk
include tests/unit/ways.mk
include tests/unit/worker.mk
include tests/unit/report.mk
endif
include tests/eem/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/checks.mk

