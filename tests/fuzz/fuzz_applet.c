/*
 * Lines of an applet: "e …", "a LABEL …", "t …", "c …", "r …" (attribute). What may never happen: a crash, a
 * leak, canonical text that is not taken or becomes another one, a compiled applet that is not Lua text
 * of a bounded size.
 */
#include "fuzz.h"

#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lua/applet/applet.h"

#define LINES_MAX 64

static void count(void *ctx, const char *word, const char *help)
{
	size_t *n = ctx;

	*n += strlen(word) + strlen(help);
}

static void event_line(const char *text)
{
	struct applet_event *e = NULL, *again = NULL;
	struct error err = {0};
	size_t column = 0, n = 0;
	char *first, *second, *registered;

	applet_help(APPLET_LINE_EVENT, text, count, &n);
	if (applet_event_parse(text, &e, &err, &column)) {
		fuzz_must(err.text[0] && column <= strlen(text));
		return;
	}
	first = applet_event_text(e);
	registered = applet_event_registered(e);
	if (strlen(first) <= APPLET_LINE_MAX) {
		fuzz_must(applet_event_parse(first, &again, NULL, NULL) == 0);
		second = applet_event_text(again);
		fuzz_must(!strcmp(first, second));
		alloc_free(second);
	}
	fuzz_must(registered[0] == ' ');
	alloc_free(first);
	alloc_free(registered);
	applet_event_free(e);
	applet_event_free(again);
}

static void action_line(const char *label, const char *text)
{
	struct error err = {0};
	size_t column = 0, n = 0;
	char *first = NULL, *second = NULL;

	applet_help(APPLET_LINE_ACTION, text, count, &n);
	if (applet_action_check(label, text, &first, &err, &column)) {
		fuzz_must(err.text[0] && column <= strlen(text));
		return;
	}
	if (strlen(first) <= APPLET_LINE_MAX) {
		fuzz_must(applet_action_check(label, first, &second, NULL, NULL) == 0);
		fuzz_must(!strcmp(first, second));
	}
	alloc_free(first);
	alloc_free(second);
}

static void trigger_line(char kind, const char *text, struct applet_trigger **t)
{
	size_t column = 0, n = 0;

	if (kind == 't') {
		applet_help(APPLET_LINE_TRIGGER, text, count, &n);
		if (!*t && applet_trigger_parse(text, t, NULL, &column))
			*t = NULL;
	} else if (*t && kind == 'c') {
		applet_help(APPLET_LINE_CORRELATE, text, count, &n);
		applet_trigger_correlate(*t, text, NULL, &column);
	} else if (*t) {
		applet_help(APPLET_LINE_ATTRIBUTE, text, count, &n);
		applet_trigger_attribute(*t, text, NULL, &column);
	}
	fuzz_must(column <= strlen(text));
}

static void compile(const struct applet_source *source)
{
	struct error err = {0};
	char *lua = NULL;

	if (applet_compile(source, &lua, &err)) {
		fuzz_must(err.text[0]);
		return;
	}
	fuzz_must(!strncmp(lua, "return applet.run {name = ", 26));
	for (const char *c = lua; *c; c++)
		fuzz_must(*c == '\n' || *c == '\t' || (*c >= ' ' && *c < 0x7f));
	alloc_free(lua);
}

/* "a LABEL TEXT": both cut in place. */
static void take_action(char *line, struct applet_source *source, struct applet_action *actions)
{
	char *text = strchr(line, ' ');

	if (text)
		*text++ = '\0';
	else
		text = line + strlen(line);
	action_line(line, text);
	actions[source->count++] = (struct applet_action){line, text};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct applet_action actions[LINES_MAX];
	struct applet_source source = {.name = "F", .actions = actions};
	struct applet_trigger *trigger = NULL;
	char *text = alloc_zero(size + 1), *line = text;

	memcpy(text, data, size);
	for (int i = 0; i < LINES_MAX && line && *line; i++) {
		char *next = strchr(line, '\n');

		if (next)
			*next++ = '\0';
		if (line[0] == 'e' && line[1])
			event_line(line + 2);
		else if (line[0] == 'a' && line[1])
			take_action(line + 2, &source, actions);
		else if (line[0] && line[1])
			trigger_line(line[0], line + 2, &trigger);
		line = next;
	}
	compile(&source);
	for (size_t i = 1; trigger && applet_trigger_line(trigger, i); i++)
		fuzz_must(applet_trigger_line(trigger, i)[0]);
	applet_trigger_free(trigger);
	alloc_free(text);
	return 0;
}
