dist_noinst_SCRIPTS += contrib/deps contrib/check contrib/quickstart contrib/demo/story.sh .ci/run
EXTRA_DIST += contrib/check.d .clang-tidy doc/lab.md
