/*
 * aaa_fixture: the room of users and lines behind a real configuration, on a simulated clock.
 */
#ifndef TESTS_UNIT_AAA_FIXTURE_H
#define TESTS_UNIT_AAA_FIXTURE_H

#include "aaa/aaa.h"
#include "base/secret.h"
#include "tests/unit/config_fixture.h"

struct people {
	struct fixture *f;
	struct aaa *aaa;
	/* the last answer */
	unsigned int answers;
	int result;
	char why[ERROR_TEXT_MAX];
};

/* Crypt's hash of "secret" by md5crypt, so that tests need not wait for yescrypt. */
#define MD5_OF_SECRET "5 $1$salt$ez2vlPGdaLYkJam5pWs/Y1"

int people_setup(void **state);
int people_teardown(void **state);
int people_edit(struct people *p, const char *json); /* with ' for "; passwords hashed first */
void people_answer(void *arg, int err, const struct error *why); /* an aaa_done */
/* Asks, and lets the worker run; the answer may wait for its delay. */
void people_login(struct people *p, const char *user, const char *password);
void people_enable(struct people *p, uint8_t level, const char *password);
/* How many lines of the log hold the words. */
unsigned int people_logged(struct people *p, const char *words);

#endif
