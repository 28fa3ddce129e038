/*
 * cli/import: judges what load_text() could not take, gathers it, and says it by feature.
 *
 * What is left out is kept in memory: a line, a number and a name each. The rest goes to a candidate
 * line by line, so that a commit is one, or none.
 */
#include "cli/import.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "cli/features.h"
#include "cli/handlers.h"
#include "cli/load_internal.h"

#define GROUPS_MAX     128
#define SHOWN_TEXT_MAX 100

/* Groups that are no features; those of features stand behind them. */
enum group { GROUP_REFUSED, GROUP_NAMES, GROUP_UNKNOWN, GROUP_FEATURES };

/* One line that was left out, with those below it. */
struct item {
	unsigned long line, below;
	size_t group;
	char *text, *reason;
};

struct import {
	const struct import_options *o;
	struct item *items;
	size_t count, room;
	const char *groups[GROUPS_MAX]; /* names, by number */
	unsigned long lines[GROUPS_MAX];
	size_t group_count;
	bool failed;	 /* no memory for an item */
	bool flat_block; /* a block that is not here was opened last */
};

int import_name_parse(const char *text, struct import_name *name)
{
	const char *equals = strchr(text, '=');
	size_t len = equals ? (size_t)(equals - text) : 0;

	if (!len || len >= sizeof(name->router) || !equals[1] || strlen(equals + 1) > 15 ||
	    strpbrk(equals + 1, "/ \t"))
		return -EINVAL;
	snprintf(name->router, sizeof(name->router), "%.*s", (int)len, text);
	name->kernel = equals + 1;
	return 0;
}

/* ---- names of interfaces ---------------------------------------------------------------------------- */

static const char *kernel_name(const struct import *im, const char *word, size_t len)
{
	for (size_t i = 0; i < im->o->name_count; i++)
		if (strlen(im->o->names[i].router) == len &&
		    strncasecmp(im->o->names[i].router, word, len) == 0)
			return im->o->names[i].kernel;
	return NULL;
}

/* "interface Tunnel 0" is "interface Tunnel0". */
static void join_name(char *line)
{
	char *at = line + strspn(line, " \t"), *gap;

	at += strcspn(at, " \t");
	at += strspn(at, " \t");
	gap = at + strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
	at = gap + strspn(gap, " \t");
	if (at > gap && isdigit((unsigned char)*at))
		memmove(gap, at, strlen(at) + 1);
}

/* Each word that is a router's name becomes the kernel's. */
static void rename_words(const struct import *im, char *line, size_t size)
{
	struct text out;

	if (!im->o->name_count)
		return;
	text_init(&out, size - 1);
	for (const char *at = line; *at;) {
		size_t blanks = strspn(at, " \t"), len = strcspn(at + blanks, " \t");
		const char *name = kernel_name(im, at + blanks, len);

		text_add_n(&out, at, blanks);
		if (name)
			text_add(&out, name);
		else
			text_add_n(&out, at + blanks, len);
		at += blanks + len;
	}
	if (!out.failed)
		text_copy(line, size, text_str(&out));
	if (out.data)
		secret_wipe(out.data, out.len);
	text_free(&out);
}

static bool is_interface(const char *line)
{
	return load_matches(line, "int/erface **");
}

static const char *interface_of(const char *line)
{
	line += strspn(line, " \t");
	line += strcspn(line, " \t");
	return line + strspn(line, " \t");
}

/* Why a line is refused before anybody asked the commands. */
static const char not_supported[] = "not supported", not_named[] = "a router's name";

/* load_hooks.before */
static const char *before(void *arg, char *line, size_t size)
{
	struct import *im = arg;

	if (is_interface(line))
		join_name(line);
	rename_words(im, line, size);
	if (!is_interface(line) || !feature_is_router_interface(interface_of(line)))
		return NULL;
	im->flat_block = true;
	if (strncasecmp(interface_of(line), "Tunnel", 6) == 0)
		return not_supported;
	return not_named;
}

/* ---- lines that nobody takes ------------------------------------------------------------------------ */

static bool is_block(const struct feature *f)
{
	return f && (f->kind == FEATURE_BLOCK || f->kind == FEATURE_KNOWN_BLOCK);
}

/* load_hooks.judge. In a file without indentation the lines behind the beginning of a block that is not
 * here are its own, until one is known. */
static enum load_verdict judge(void *arg, const struct load_question *q)
{
	struct import *im = arg;
	const struct feature *f = feature_of(q->line);
	const char *first = q->line + strspn(q->line, " \t");

	if (is_block(f) && strncasecmp(first, "no ", 3) != 0) {
		*q->top = first == q->line;
		im->flat_block = *q->top;
		return f->kind == FEATURE_KNOWN_BLOCK ? LOAD_KNOWN : LOAD_REFUSED;
	}
	if (im->flat_block && !q->indented)
		return LOAD_BELOW;
	im->flat_block = false;
	return f && !f->name ? LOAD_KNOWN_ALONE : LOAD_REFUSED;
}

/* load_hooks.taken */
static void taken(void *arg)
{
	((struct import *)arg)->flat_block = false;
}

static size_t group_named(struct import *im, const char *name)
{
	size_t i = GROUP_FEATURES;

	while (i < im->group_count && strcmp(im->groups[i], name) != 0)
		i++;
	if (i == GROUPS_MAX)
		return GROUP_UNKNOWN;
	im->groups[i] = name;
	if (i == im->group_count)
		im->group_count++;
	return i;
}

static size_t group_of(struct import *im, const struct load_refusal *r)
{
	const struct feature *f = feature_of(r->text);

	if (r->reason && strcmp(r->reason, not_named) == 0)
		return GROUP_NAMES;
	if (r->reason && strcmp(r->reason, not_supported) == 0)
		return group_named(im, FEATURE_TUNNELS);
	if (!r->is_unknown)
		return GROUP_REFUSED;
	return f && f->name ? group_named(im, f->name) : GROUP_UNKNOWN;
}

/* load_hooks.refused */
static void gather(void *arg, const struct load_refusal *r)
{
	struct import *im = arg;
	struct item *it;

	if (im->count == im->room) {
		size_t room = im->room ? 2 * im->room : 64;
		struct item *grown = alloc_grow(im->items, im->room, room, sizeof(*grown));

		if (!grown) {
			im->failed = true;
			return;
		}
		im->items = grown;
		im->room = room;
	}
	it = &im->items[im->count];
	*it = (struct item){.line = r->line, .below = r->below, .group = group_of(im, r)};
	im->lines[it->group] += 1 + r->below;
	it->text = alloc_printf("%.*s", SHOWN_TEXT_MAX, r->text);
	if (it->group == GROUP_UNKNOWN && r->column)
		it->reason = alloc_printf("%s at column %zu", r->reason, r->column);
	else if (it->group == GROUP_UNKNOWN || it->group == GROUP_REFUSED)
		it->reason = alloc_text(r->reason);
	im->failed |= !it->text;
	im->count++;
}

/* ---- the report ------------------------------------------------------------------------------------- */

static const char *plural(unsigned long n)
{
	return n == 1 ? "" : "s";
}

/* Lines of one group that stand behind each other are one row; how many items it takes. */
static size_t run_length(const struct import *im, size_t first)
{
	size_t i = first;

	if (im->items[first].below || im->items[first].reason)
		return 1;
	while (i + 1 < im->count && im->items[i + 1].line == im->items[i].line + 1 &&
	       !im->items[i + 1].below && !im->items[i + 1].reason &&
	       im->items[i + 1].group == im->items[first].group)
		i++;
	return i - first + 1;
}

static void print_item(struct cli_session *s, const struct import *im, size_t i, size_t run)
{
	const struct item *it = &im->items[i];
	char where[32];

	if (run > 1)
		snprintf(where, sizeof(where), "%lu-%lu", it->line, im->items[i + run - 1].line);
	else
		snprintf(where, sizeof(where), "%lu", it->line);
	cli_printf(s, "  %-11s %s", where, it->text ? it->text : "");
	if (it->below)
		cli_printf(s, " (and %lu line%s below)", it->below, plural(it->below));
	if (run > 1)
		cli_printf(s, " (%zu lines)", run);
	if (it->reason)
		cli_printf(s, ": %s", it->reason);
	cli_printf(s, "\n");
}

static void print_group(struct cli_session *s, const struct import *im, size_t group)
{
	const char *prefix = group < GROUP_FEATURES ? "" : "not supported: ";

	cli_printf(s, "\n%s%s: %lu line%s\n", prefix, im->groups[group], im->lines[group],
		   plural(im->lines[group]));
	for (size_t i = 0, run; i < im->count; i += run) {
		run = run_length(im, i);
		if (im->items[i].group == group)
			print_item(s, im, i, run);
	}
	if (group == GROUP_NAMES)
		cli_printf(s,
			   "  Interfaces have the kernel's names here: say which is which, as in\n"
			   "  --interface GigabitEthernet0/0=eth0\n");
}

static void print_report(struct cli_session *s, const struct import *im,
			 const struct load_report *r)
{
	cli_printf(s,
		   "%s: %lu line%s: %lu of this router, %lu known and without effect here, "
		   "%lu left out\n",
		   im->o->file, r->lines, plural(r->lines), r->commands, r->known, r->refused);
	for (size_t i = 0; i < im->group_count; i++)
		if (im->lines[i])
			print_group(s, im, i);
	if (im->failed)
		cli_printf(s, "\nThere was no memory to name all of them\n");
	if (im->count)
		cli_printf(s, "\n");
}

static void free_items(struct import *im)
{
	for (size_t i = 0; i < im->count; i++) {
		alloc_free(im->items[i].text);
		alloc_free(im->items[i].reason);
	}
	alloc_free(im->items);
}

/* ---- one commit or none ----------------------------------------------------------------------------- */

static int begin(struct cli_session *s, struct error *err)
{
	const struct cli_backend *b = s->backend;
	int rc;

	if (!b->candidate || !b->target)
		return error_set(err, -EOPNOTSUPP, "this daemon has no candidate configuration");
	rc = b->candidate(b->ctx, "running", 0, err);
	if (!rc)
		b->target(b->ctx, "candidate");
	return rc;
}

static void drop(struct cli_session *s)
{
	struct error ignored = {0};

	s->backend->target(s->backend->ctx, NULL);
	s->backend->discard(s->backend->ctx, &ignored);
}

static unsigned long count_of(const json_t *counts, const char *name)
{
	return (unsigned long)json_integer_value(json_object_get(counts, name));
}

static int make_running(struct cli_session *s, const char *file, struct error *err)
{
	const struct cli_backend *b = s->backend;
	json_t *counts = NULL;
	int rc = b->commit(b->ctx, 0, &counts, err);

	if (rc)
		drop(s);
	b->target(b->ctx, NULL);
	if (!rc)
		cli_printf(s, "%s: committed: %lu created, %lu changed, %lu deleted\n", file,
			   count_of(counts, "created"), count_of(counts, "changed"),
			   count_of(counts, "deleted"));
	json_decref(counts);
	return rc;
}

/* The text says `write memory` behind its lines: after the commit, not before. */
static enum load_outcome save_as_told(struct cli_session *s, const char *file,
				      const struct load_report *r)
{
	struct error err = {0};

	if (!r->save)
		return LOAD_DONE;
	if (s->backend->save(s->backend->ctx, &err) < 0) {
		cli_fail(s, "%s: it runs, but was not saved: %s", file, err.text);
		return LOAD_LEFT_OUT;
	}
	cli_printf(s, "%s: saved, as the text says\n", file);
	return LOAD_DONE;
}

/* The person configures from here to leave(), for the log. */
static void enter(struct cli_session *s)
{
	cli_push(s, CLI_MODE_CONFIG, NULL);
}

static void leave(struct cli_session *s)
{
	cli_pop(s, 0);
}

/* load_text() in a candidate; its end is the caller's to decide. */
static int load_candidate(struct cli_session *s, const struct load_source *source,
			  const struct load_hooks *hooks, struct load_report *report,
			  struct error *err)
{
	int rc = begin(s, err);

	/* -EINVAL is what wrong lines are, and nothing else. */
	if (rc)
		return rc == -EINVAL ? -EPROTO : rc;
	rc = load_text(s, source, hooks, report, err);
	if (rc && rc != -EINVAL)
		drop(s);
	return rc;
}

static enum load_outcome decide(struct cli_session *s, const struct import_options *o,
				const struct load_report *r, int rc)
{
	struct error err = {0};

	if (rc && !o->partial) {
		drop(s);
		cli_printf(s,
			   "%s: nothing was changed. What is known here is loaded by adding "
			   "\"partial\"\n",
			   o->file);
		return LOAD_LEFT_OUT;
	}
	if (make_running(s, o->file, &err) < 0) {
		cli_fail(s, "%s: %s; nothing was changed", o->file, err.text);
		return LOAD_LEFT_OUT;
	}
	return save_as_told(s, o->file, r) || rc ? LOAD_LEFT_OUT : LOAD_DONE;
}

enum load_outcome import_text(struct cli_session *s, const struct load_source *source,
			      const struct import_options *options)
{
	struct import im = {.o = options,
			    .groups = {[GROUP_REFUSED] = "lines that are refused here",
				       [GROUP_NAMES] = "interfaces that have no name here",
				       [GROUP_UNKNOWN] = "lines that nobody here knows"},
			    .group_count = GROUP_FEATURES};
	const struct load_hooks hooks = {
		.refused = gather, .before = before, .judge = judge, .taken = taken, .arg = &im};
	enum load_outcome outcome = LOAD_FAILED;
	struct load_report report;
	struct error err = {0};
	int rc;

	enter(s);
	rc = load_candidate(s, source, &hooks, &report, &err);
	if (rc && rc != -EINVAL) {
		cli_fail(s, "%s: %s", options->file, err.text);
	} else {
		print_report(s, &im, &report);
		outcome = decide(s, options, &report, rc);
	}
	leave(s);
	free_items(&im);
	return outcome;
}

/* ---- whole or nothing ------------------------------------------------------------------------------- */

struct whole {
	struct cli_session *s;
	const char *file;
};

static void print_refusal(void *arg, const struct load_refusal *r)
{
	const struct whole *w = arg;
	struct text t;

	text_init(&t, 0);
	text_addf(&t, "%% %s:%lu", w->file, r->line);
	if (r->column)
		text_addf(&t, ":%zu", r->column);
	text_addf(&t, ": %s: %s", r->reason, r->text);
	if (r->below)
		text_addf(&t, " (and %lu line%s below)", r->below, plural(r->below));
	text_add(&t, "\n");
	/* The session tells us of refusals; we tell its person. */
	if (w->s->error)
		w->s->error(w->s->io, text_str(&t));
	text_free(&t);
}

enum load_outcome load_whole(struct cli_session *s, const struct load_source *source,
			     const char *file)
{
	struct whole w = {.s = s, .file = file};
	const struct load_hooks hooks = {.refused = print_refusal, .arg = &w};
	enum load_outcome outcome = LOAD_LEFT_OUT;
	struct load_report r;
	struct error err = {0};
	int rc;

	enter(s);
	rc = load_candidate(s, source, &hooks, &r, &err);
	if (rc == -EINVAL) {
		drop(s);
		cli_fail(s, "%s: %lu of %lu lines are wrong; nothing was changed", file, r.refused,
			 r.lines);
	} else if (rc) {
		cli_fail(s, "%s: %s", file, err.text);
		outcome = LOAD_FAILED;
	} else if (make_running(s, file, &err) < 0) {
		cli_fail(s, "%s: %s; nothing was changed", file, err.text);
	} else {
		outcome = save_as_told(s, file, &r);
	}
	leave(s);
	return outcome;
}
