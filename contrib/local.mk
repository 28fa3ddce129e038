dist_noinst_SCRIPTS += contrib/deps contrib/check .ci/run
EXTRA_DIST += contrib/check.d .clang-tidy doc/lab.md
