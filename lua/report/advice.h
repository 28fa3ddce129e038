/*
 * report/advice: what a cause means, and what the operator of the other end should look at. One row a
 * cause; adding one is adding a row.
 */
#ifndef LUA_REPORT_ADVICE_H
#define LUA_REPORT_ADVICE_H

#define ADVICE_LOOK_MAX 4

struct advice {
	const char *cause;		       /* as the incident names it */
	const char *title;		       /* "One end crashed" */
	const char *means;		       /* one or two sentences */
	const char *look[ADVICE_LOOK_MAX + 1]; /* of the letter; NULL at the end */
};

/* Never NULL: what is not in the table is the row of "unknown". */
const struct advice *advice_of(const char *cause);

#endif
