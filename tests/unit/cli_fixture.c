#include "cli_fixture.h"

#include <stdlib.h>
#include <time.h>

struct grammar *grammar;
struct fake_daemon fake;
struct cli_backend backend;
struct cli_session session;

int cli_fixture_begin(void **state)
{
	(void)state;
	setenv("TZ", "UTC", 1);
	tzset();
	grammar = grammar_new(NULL, 0, NULL);
	return grammar ? 0 : -1;
}

int cli_fixture_end(void **state)
{
	(void)state;
	grammar_free(grammar);
	return 0;
}

void cli_fixture_session(int privilege)
{
	fake_init(&fake);
	backend = fake_backend(&fake);
	fake_session(&fake, &backend, grammar, &session, privilege);
}

int cli_fixture_setup(void **state)
{
	(void)state;
	cli_fixture_session(15);
	return 0;
}

int cli_fixture_teardown(void **state)
{
	(void)state;
	cli_session_end(&session);
	fake_end(&fake);
	return 0;
}

void cli_fixture_put_state(const char *container, const char *name, const char *json)
{
	json_error_t error;
	json_t *value = json_loads(json, 0, &error), *at = json_object_get(fake.state, container);

	if (!value)
		print_error("%s at %d: %s\n", error.text, error.column, json);
	assert_non_null(value);
	if (!at) {
		at = json_object();
		json_object_set_new(fake.state, container, at);
	}
	if (*name)
		json_object_set_new(at, name, value);
	else
		json_object_update(at, value);
	if (!*name)
		json_decref(value);
}
