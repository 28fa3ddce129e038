/*
 * A person's session at a fake daemon, new for each test: what the tests of commands and shows stand on.
 * A program has one of each; its main runs its tests between cli_fixture_begin() and cli_fixture_end().
 */
#ifndef TESTS_UNIT_CLI_FIXTURE_H
#define TESTS_UNIT_CLI_FIXTURE_H

#include "unit.h"

#include "../cli/fake_daemon.h"

extern struct grammar *grammar; /* the whole command table */
extern struct fake_daemon fake;
extern struct cli_backend backend;
extern struct cli_session session; /* of privilege 15, in EXEC */

/* Of a group: the grammar, and times in UTC. */
int cli_fixture_begin(void **state);
int cli_fixture_end(void **state);
/* Of a test: the daemon and the session. */
int cli_fixture_setup(void **state);
int cli_fixture_teardown(void **state);
/* cli_fixture_setup() for other privileges. */
void cli_fixture_session(int privilege);
/* Puts `json` below a container of the daemon's state, which is made; name "": the members themselves. */
void cli_fixture_put_state(const char *container, const char *name, const char *json);

#endif
