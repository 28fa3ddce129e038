/* The applets of contrib/applets/spi-flap: each of their lines is taken, and they become Lua. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#include "lua/applet/applet.h"

#define LINES_MAX 40

struct applet {
	char name[64];
	enum applet_detector detector;
	uint64_t maxrun_ms;
	struct applet_action action[LINES_MAX];
	char *text[2 * LINES_MAX];
	size_t count, texts;
	uint32_t wait_s;
};

static struct applet current; /* the one whose lines are being read */
static size_t applets;

static char *kept(const char *s, size_t len)
{
	return current.text[current.texts++] = strndup(s, len);
}

static void check_applet(const char *file)
{
	const struct applet_source source = {current.name, current.action, current.count};
	struct error err = {0};
	char *lua = NULL;

	if (!*current.name)
		return;
	if (applet_compile(&source, &lua, &err))
		fail_msg("%s: %s: %s", file, current.name, err.text);
	assert_non_null(strstr(lua, "applet.run"));
	/* It may run as long as it waits, and longer. */
	if (current.maxrun_ms <= (uint64_t)current.wait_s * 1000)
		fail_msg("%s: %s: maxrun is too short", file, current.name);
	alloc_free(lua);
	for (size_t i = 0; i < current.texts; i++)
		free(current.text[i]);
	current = (struct applet){0};
	applets++;
}

static void take_event(const char *file, const char *text)
{
	struct applet_event *e = NULL;
	struct error err = {0};
	size_t column = 0;

	if (applet_event_parse(text, &e, &err, &column))
		fail_msg("%s: event %s: %s at %zu", file, text, err.text, column);
	current.detector = applet_event_detector(e);
	current.maxrun_ms = applet_event_ms(e, "maxrun", APPLET_MAXRUN_DEFAULT);
	applet_event_free(e);
}

static void take_action(const char *file, const char *text)
{
	const char *blank = strchr(text, ' '), *rest = blank + 1;
	char *label = kept(text, (size_t)(blank - text)), *canonical = NULL;
	struct error err = {0};
	size_t column = 0;

	if (applet_action_check(label, rest, &canonical, &err, &column))
		fail_msg("%s: action %s: %s at %zu", file, text, err.text, column);
	alloc_free(canonical);
	if (!strncmp(rest, "wait ", 5))
		current.wait_s += (uint32_t)strtoul(rest + 5, NULL, 10);
	current.action[current.count++] = (struct applet_action){label, kept(rest, strlen(rest))};
}

static void take_line(const char *file, char *line)
{
	line[strcspn(line, "\n")] = 0;
	if (!strncmp(line, " event ", 7))
		take_event(file, line + 7);
	else if (!strncmp(line, " action ", 8))
		take_action(file, line + 8);
	else if (!strncmp(line, "event manager applet ", 21) || !strcmp(line, "end")) {
		check_applet(file);
		if (*line == 'e' && line[1] == 'v')
			snprintf(current.name, sizeof(current.name), "%.63s", line + 21);
	}
}

static void check_file(const char *name)
{
	char path[500], line[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", TEST_APPLETS, name);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		take_line(name, line);
	fclose(f);
	assert_string_equal(current.name, ""); /* it ends with "end" */
}

static void test_every_line_of_the_applets_is_taken(void **state)
{
	(void)state;
	check_file("receiver-trap.conf");
	check_file("sender-trap.conf");
	check_file("receiver-track.conf");
	check_file("sender-track.conf");
	assert_int_equal(applets, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_line_of_the_applets_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
