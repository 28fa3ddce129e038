/*
 * The applets of tests/eem/applets: each is taken as it stands, and its first one, compiled and run with a
 * stand-in for the event manager, does what its comments say, call by call. Together they hold every
 * detector and every verb. The lines of tests/eem/refused are refused, each with the sentence above it.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/applet/applet.h"
#include "tests/unit/applet_lua.h"

#define ACTIONS_MAX 64
#define FILES_MAX   100

/* What was read of one file: the first applet's actions, and the comments. */
struct file {
	const char *path;
	char *name; /* of the first applet */
	char *labels[ACTIONS_MAX], *texts[ACTIONS_MAX];
	size_t count, applets;
	struct applet_trigger *trigger;
	char *event, *environment, *answers, *says;
	struct text does;
	struct text words; /* " syslog  cli  action:puts " of all files */
};

static char *after(char *line, const char *start)
{
	size_t n = strlen(start);

	return strncmp(line, start, n) ? NULL : line + n;
}

static void keep(char **where, const char *text)
{
	alloc_free(*where);
	*where = alloc_text(text);
}

static void read_comment(struct file *f, char *line)
{
	char *text;

	if ((text = after(line, "! event: ")))
		keep(&f->event, text);
	else if ((text = after(line, "! environment: ")))
		keep(&f->environment, text);
	else if ((text = after(line, "! answers: ")))
		keep(&f->answers, text);
	else if ((text = after(line, "! says: ")))
		keep(&f->says, text);
	else if ((text = after(line, "! does: ")))
		text_addf(&f->does, "%s\n", text);
}

/* A line that is taken says so, is canonical already, and its words are noted. */
static void same(const struct file *f, const char *line, int rc, const char *canonical,
		 const struct error *err)
{
	if (rc)
		fail_msg("%s: \"%s\": %s", f->path, line, err->text);
	if (strcmp(line, canonical))
		fail_msg("%s: \"%s\" becomes \"%s\"", f->path, line, canonical);
}

static void read_event(struct file *f, const char *text, struct error *err)
{
	struct applet_event *e = NULL;
	int rc = applet_event_parse(text, &e, err, NULL);
	char *canonical = rc ? NULL : applet_event_text(e);

	if (f->says && rc)
		return;
	same(f, text, rc, canonical, err);
	text_addf(&f->words, " event:%s ", applet_detector_name(applet_event_detector(e)));
	alloc_free(canonical);
	applet_event_free(e);
}

static void read_action(struct file *f, char *rest, struct error *err)
{
	char *text = strchr(rest, ' '), *canonical = NULL;
	int rc;

	assert_non_null(text);
	*text++ = '\0';
	rc = applet_action_check(rest, text, &canonical, err, NULL);
	if (f->says && rc)
		return;
	same(f, text, rc, canonical, err);
	text_addf(&f->words, " action:%s ", canonical);
	if (f->applets == 1) {
		assert_true(f->count < ACTIONS_MAX);
		f->labels[f->count] = alloc_text(rest);
		f->texts[f->count++] = canonical;
	} else {
		alloc_free(canonical);
	}
}

static void read_trigger(struct file *f, const char *text, struct error *err)
{
	int rc = applet_trigger_parse(text, &f->trigger, err, NULL);

	same(f, text, rc, rc ? NULL : applet_trigger_line(f->trigger, 0), err);
}

static void read_correlate(struct file *f, const char *text, struct error *err)
{
	int rc = applet_trigger_correlate(f->trigger, text, err, NULL);

	same(f, text, rc, rc ? NULL : applet_trigger_line(f->trigger, 1) + strlen("correlate "),
	     err);
}

static void read_line(struct file *f, char *line)
{
	struct error err = {0};
	char *text;

	if (*line == '!') {
		read_comment(f, line);
		return;
	}
	if ((text = after(line, "event manager applet "))) {
		if (!f->applets++)
			f->name = alloc_text(text);
	} else if ((text = after(line, " event "))) {
		read_event(f, text, &err);
	} else if ((text = after(line, " action "))) {
		read_action(f, text, &err);
	} else if ((text = after(line, " trigger "))) {
		read_trigger(f, text, &err);
	} else if ((text = after(line, "  correlate "))) {
		read_correlate(f, text, &err);
	} else if ((text = after(line, "  attribute "))) {
		if (applet_trigger_attribute(f->trigger, text, &err, NULL))
			fail_msg("%s: %s", f->path, err.text);
	} else if (!after(line, " description ")) {
		fail_msg("%s: what is \"%s\"?", f->path, line);
	}
	if (!f->says)
		return;
	if (!strstr(err.text, f->says))
		fail_msg("%s: \"%s\" says \"%s\", not \"%s\"", f->path, line, err.text, f->says);
	keep(&f->says, NULL);
}

static void read_lines(struct file *f)
{
	FILE *in = fopen(f->path, "r");
	char line[2000];

	assert_non_null(in);
	while (fgets(line, sizeof(line), in)) {
		line[strcspn(line, "\n")] = '\0';
		read_line(f, line);
	}
	fclose(in);
}

static void file_clear(struct file *f)
{
	for (size_t i = 0; i < f->count; i++) {
		alloc_free(f->labels[i]);
		alloc_free(f->texts[i]);
	}
	keep(&f->name, NULL);
	keep(&f->event, NULL);
	keep(&f->environment, NULL);
	keep(&f->answers, NULL);
	applet_trigger_free(f->trigger);
	text_free(&f->does);
	*f = (struct file){.words = f->words};
}

/* Compiles the applet and compares what it does with what the file says. */
static void run_file(const struct file *f)
{
	struct applet_action actions[ACTIONS_MAX];
	struct applet_source source = {f->name, actions, f->count};
	const struct applet_world world = {f->event, f->environment, f->answers};
	struct error err = {0};
	struct text did;
	char *lua = NULL;

	for (size_t i = 0; i < f->count; i++)
		actions[i] = (struct applet_action){f->labels[i], f->texts[i]};
	if (applet_compile(&source, &lua, &err))
		fail_msg("%s: %s", f->path, err.text);
	text_init(&did, 0);
	applet_lua_run(lua, &world, &did);
	if (strcmp(text_str(&did), text_str(&f->does)))
		fail_msg("%s does\n%snot\n%s", f->path, text_str(&did), text_str(&f->does));
	text_free(&did);
	alloc_free(lua);
}

static int is_cfg(const struct dirent *d)
{
	return strstr(d->d_name, ".cfg") != NULL;
}

/* Each file of a folder; how many. */
static int each_file(struct file *f, const char *folder, void (*run)(const struct file *f))
{
	struct dirent **names;
	int n = scandir(folder, &names, is_cfg, alphasort);

	assert_true(n > 0 && n < FILES_MAX);
	for (int i = 0; i < n; i++) {
		char *path = alloc_printf("%s/%s", folder, names[i]->d_name);

		f->path = path;
		text_init(&f->does, 0);
		read_lines(f);
		run(f);
		file_clear(f);
		alloc_free(path);
		free(names[i]);
	}
	free(names);
	return n;
}

static void want_word(const struct text *words, const char *kind, const char *name)
{
	char *word = alloc_printf(" %s:%s ", kind, name);

	if (!strstr(text_str(words), word))
		fail_msg("no applet has %s %s", kind, name);
	alloc_free(word);
}

static void test_applets_are_taken_unchanged_and_do_what_they_say(void **state)
{
	struct file f = {0};

	(void)state;
	text_init(&f.words, 0);
	assert_true(each_file(&f, TEST_EEM "/applets", run_file) >= 40);
	for (size_t i = 0; i < APPLET_DETECTORS; i++)
		want_word(&f.words, "event", applet_detector_name(i));
	for (size_t i = 0; applet_action_name(i); i++) {
		if (!applet_action_refusal(applet_action_name(i)))
			want_word(&f.words, "action", applet_action_name(i));
	}
	text_free(&f.words);
}

static void nothing(const struct file *f)
{
	assert_null(f->says);
}

static void test_lines_of_other_boxes_are_named(void **state)
{
	struct file f = {0};

	(void)state;
	text_init(&f.words, 0);
	assert_true(each_file(&f, TEST_EEM "/refused", nothing) >= 2);
	assert_string_equal(text_str(&f.words), "");
	text_free(&f.words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_applets_are_taken_unchanged_and_do_what_they_say),
		cmocka_unit_test(test_lines_of_other_boxes_are_named),
	};

	return cmocka_run_group_tests_name("applet_files", tests, NULL, NULL);
}
