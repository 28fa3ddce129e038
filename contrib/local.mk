dist_noinst_SCRIPTS += contrib/deps contrib/check contrib/quickstart contrib/demo/story.sh .ci/run
EXTRA_DIST += contrib/check.d .clang-tidy doc/lab.md

# Policies for the event manager, to be copied.
appletsdir = $(docdir)/contrib/applets/spi-flap
dist_applets_DATA = contrib/applets/spi-flap/README.md contrib/applets/spi-flap/receiver-track.conf \
	contrib/applets/spi-flap/receiver-trap.conf contrib/applets/spi-flap/sender-track.conf \
	contrib/applets/spi-flap/sender-trap.conf contrib/applets/spi-flap/spi-flap.lua
