# Modules as they are; the daemon reads them at start (--yang-dir, else here).
yangdir = $(pkgdatadir)/yang
dist_yang_DATA = \
	yang/spindle-aaa.yang \
	yang/spindle-acl.yang \
	yang/spindle-archive.yang \
	yang/spindle-crypto-state.yang \
	yang/spindle-crypto.yang \
	yang/spindle-eem.yang \
	yang/spindle-flight-recorder.yang \
	yang/spindle-interface-state.yang \
	yang/spindle-interface.yang \
	yang/spindle-line.yang \
	yang/spindle-logging.yang \
	yang/spindle-platform-state.yang \
	yang/spindle-routing-state.yang \
	yang/spindle-system.yang \
	yang/spindle-tools.yang \
	yang/spindle-types.yang

TESTS += tests/check_yang
dist_noinst_SCRIPTS += tests/check_yang
