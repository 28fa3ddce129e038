# The lab and the tests that run in it (by contrib/check), and the checks of the source itself.
EXTRA_DIST += tests/lab tests/kernel
