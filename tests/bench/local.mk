include tests/bench/config.mk
