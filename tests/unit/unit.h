/* unit: what every cmocka program needs: its includes in their order, and failures on demand. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "base/alloc.h"

/* True: no new descriptor can be opened until it is called with false. */
static inline void unit_forbid_descriptors(bool forbid)
{
	static struct rlimit before;
	struct rlimit none;

	if (forbid) {
		assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
		none = before;
		none.rlim_cur = 0;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	} else {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	}
}

/*
 * Runs `work(arg)` with its first, second, … allocation failing, until a run makes fewer.
 * work returns 0 when it succeeded, or the error that it was given; it must leave nothing behind.
 * Returns how many runs failed: at least one for each allocation that is not optional.
 */
static inline unsigned long unit_fail_each_allocation(int (*work)(void *arg), void *arg)
{
	unsigned long failed = 0;

	for (unsigned long n = 1; n < 100000; n++) {
		int rc;

		alloc_fail_after(n);
		rc = work(arg);
		if (alloc_fail_after(0) < n) {
			assert_int_equal(rc, 0);
			return failed;
		}
		failed += rc != 0;
	}
	fail_msg("the work never stops allocating");
	return failed;
}

#endif
