#include "cli/session.h"

#include <errno.h>
#include <stdarg.h>

#include "base/alloc.h"
#include "base/secret.h"
#include "cli/data.h"
#include "cli/features.h"
#include "cli/filter.h"
#include "cli/handlers.h"
#include "cli/stored.h"
#include "cli/words.h"

#define CONFIG_DEPTH 1

static const char *const mode_prompts[CLI_MODE_COUNT] = {
	[CLI_MODE_EXEC] = ">",
	[CLI_MODE_PRIV_EXEC] = "#",
	[CLI_MODE_CONFIG] = "(config)#",
	[CLI_MODE_CRYPTO_MAP] = "(config-crypto-map)#",
	[CLI_MODE_TRANSFORM] = "(cfg-crypto-trans)#",
	[CLI_MODE_IKEV2_PROPOSAL] = "(config-ikev2-proposal)#",
	[CLI_MODE_IKEV2_POLICY] = "(config-ikev2-policy)#",
	[CLI_MODE_IKEV2_KEYRING] = "(config-ikev2-keyring)#",
	[CLI_MODE_IKEV2_PEER] = "(config-ikev2-keyring-peer)#",
	[CLI_MODE_IKEV2_PROFILE] = "(config-ikev2-profile)#",
	[CLI_MODE_ACL] = "(config-ext-nacl)#",
	[CLI_MODE_ACL_STANDARD] = "(config-std-nacl)#",
	[CLI_MODE_INTERFACE] = "(config-if)#",
	[CLI_MODE_LINE] = "(config-line)#",
	[CLI_MODE_ARCHIVE] = "(config-archive)#",
	[CLI_MODE_ARCHIVE_LOG] = "(config-archive-log-cfg)#",
	[CLI_MODE_APPLET] = "(config-applet)#",
	[CLI_MODE_APPLET_TRIGGER] = "(config-applet-trigger)#",
};

/* Long names are cut in configuration prompts, so that the prompt stays readable. */
#define CONFIG_NAME_MAX 20

static void to_sink(void *ctx, const char *line)
{
	struct cli_session *s = ctx;
	size_t shown = s->shown;

	s->shown = 0;
	if (shown && shown <= strlen(line)) {
		s->partial(s->io, line + shown);
		s->partial(s->io, "\n");
	} else if (s->out) {
		s->out(s->io, line);
	}
}

void cli_flush(struct cli_session *s)
{
	if (!s->partial || s->filter || s->enough || s->pending.len <= s->shown)
		return;
	s->partial(s->io, s->pending.data + s->shown);
	s->shown = s->pending.len;
}

static bool take_hostname(void *arg, const json_t *system)
{
	if (data_has(system, "hostname"))
		text_copy(arg, CLI_HOSTNAME_MAX, data_text(system, "hostname", ""));
	return true;
}

void cli_read_hostname(struct cli_session *s)
{
	char name[CLI_HOSTNAME_MAX] = "Spindle";
	struct error err = {0};

	if (cli_config_each(s, "/spindle-system:system", take_hostname, name, &err) >= 0)
		text_copy(s->hostname, sizeof(s->hostname), name);
	else if (!s->hostname[0])
		text_copy(s->hostname, sizeof(s->hostname), "Spindle");
}

void cli_refresh_hostname(struct cli_session *s)
{
	if (s->depth == 0 && s->privilege >= CLI_CHANGES)
		cli_read_hostname(s);
}

void cli_session_init(struct cli_session *s, const struct grammar *g,
		      const struct cli_backend *backend, const char *user, int privilege)
{
	*s = (struct cli_session){.grammar = g,
				  .backend = backend,
				  .privilege = privilege,
				  .privilege_max = privilege};
	s->terminal.width = CLI_WIDTH_USUAL;
	s->terminal.history = CLI_HISTORY_USUAL;
	text_copy(s->user, sizeof(s->user), user);
	text_init(&s->pending, 0);
	s->level[0].mode = privilege > 1 ? CLI_MODE_PRIV_EXEC : CLI_MODE_EXEC;
	words_set_sink(grammar_words(g), to_sink, s);
	cli_read_hostname(s);
}

void cli_session_end(struct cli_session *s)
{
	cli_pop(s, 0);
	text_free(&s->pending);
	text_free(&s->collected);
	cli_filter_free(s->filter);
	s->filter = NULL;
	words_set_sink(grammar_words(s->grammar), NULL, NULL);
}

void cli_prompt(const struct cli_session *s, struct text *out)
{
	enum cli_mode mode = s->level[s->depth].mode;

	if (s->collect)
		return;
	if (mode == CLI_MODE_CONFIG && s->candidate) {
		text_addf(out, "%.*s(candidate)#", CONFIG_NAME_MAX, s->hostname);
		return;
	}
	if (mode >= CLI_MODE_CONFIG)
		text_addf(out, "%.*s", CONFIG_NAME_MAX, s->hostname);
	else
		text_add(out, s->hostname);
	text_add(out, mode_prompts[mode]);
}

/* Printing */

static void restart_pending(struct cli_session *s, const char *with)
{
	text_free(&s->pending);
	text_init(&s->pending, 0);
	text_add(&s->pending, with);
}

/* Prints the lines that have ended; the beginning of the next one stays. */
static void flush_pending(struct cli_session *s)
{
	char *end = s->pending.len ? memrchr(s->pending.data, '\n', s->pending.len) : NULL;
	char *rest;

	if (!end)
		return;
	*end = '\0';
	words_print(grammar_words(s->grammar), s->pending.data);
	rest = alloc_text(end + 1);
	s->failed |= !rest;
	restart_pending(s, rest ? rest : "");
	secret_free_text(rest);
}

void cli_printf(struct cli_session *s, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;

	if (s->enough || s->refused)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) >= 0)
		text_add(&s->pending, text);
	va_end(args);
	free(text);
	flush_pending(s);
	if (!s->pending.failed)
		return;
	/* A line was lost: said by the status, and the next one has a fresh start. */
	s->failed = true;
	restart_pending(s, "");
}

static void print_error(struct cli_session *s, const char *text)
{
	if (s->refused) {
		/* The sentence, without what a terminal needs around it. */
		text += strspn(text, "% ");
		s->refused(s->refused_ctx, PARSE_OK, SIZE_MAX, text);
	} else if (s->error)
		s->error(s->io, text);
	s->failed = true;
}

enum cli_result cli_fail(struct cli_session *s, const char *fmt, ...)
{
	struct text text;
	va_list args;
	char *why = NULL;

	if (s->enough)
		return CLI_FAILED;
	text_init(&text, 4096);
	va_start(args, fmt);
	if (vasprintf(&why, fmt, args) >= 0)
		text_addf(&text, s->refused ? "%s" : "%% %s\n", why);
	va_end(args);
	free(why);
	print_error(s, text_str(&text));
	text_free(&text);
	return CLI_FAILED;
}

/* Where in the data it was is for programs: a person has just typed the line. */
enum cli_result cli_fail_error(struct cli_session *s, const struct error *err)
{
	const char *place = strstr(err->text, " Data location \"");
	size_t len = place ? (size_t)(place - err->text) : strlen(err->text);

	s->lost |= err->code == -EPIPE || err->code == -ETIMEDOUT;
	if (!len)
		return cli_fail(s, "the command failed");
	return cli_fail(s, "%.*s", (int)len, err->text);
}

/* Modes */

/* The daemon says who configured when somebody has done so, not with each line. A daemon that does not
 * know this is no reason to fail. */
static void tell_configuring(struct cli_session *s, bool on)
{
	json_t *input, *output = NULL;
	struct error err = {0};

	/* Whoever loads text says it once; a candidate's commit says it itself. */
	if (s->refused || s->candidate)
		return;
	input = json_pack("{s:b}", "on", on);
	if (input)
		s->backend->action(s->backend->ctx, "spindle-line:configuring", input, &output,
				   &err);
	json_decref(output);
}

bool cli_push(struct cli_session *s, enum cli_mode mode, json_t *place)
{
	if (s->depth + 1 == CLI_LEVELS_MAX) {
		json_decref(place);
		return false;
	}
	if (s->depth == 0)
		tell_configuring(s, true);
	s->depth++;
	s->entered++;
	s->level[s->depth] = (struct cli_level){.mode = mode, .place = place};
	return true;
}

void cli_pop(struct cli_session *s, size_t depth)
{
	if (depth == 0 && s->depth > 0)
		tell_configuring(s, false);
	for (; s->depth > depth; s->depth--) {
		if (s->level[s->depth].mode == CLI_MODE_APPLET && !s->refused && !s->lost)
			cli_applet_left(s, s->level[s->depth].place);
		json_decref(s->level[s->depth].place);
	}
	if (s->depth == 0 && s->candidate)
		cli_leave_candidate(s);
}

const json_t *cli_place(const struct cli_session *s)
{
	return s->level[s->depth].place;
}

/* Filters */

bool cli_wants_json(const struct cli_session *s)
{
	return cli_filter_is_json(s->filter);
}

static bool filter_line(void *ctx, const char *line)
{
	struct cli_session *s = ctx;

	return line && cli_filter_line(s->filter, line);
}

static bool open_filter(struct cli_session *s, const struct cli_match *f)
{
	const char *file = cli_match_get(f, "file");
	char path[STORED_PATH_MAX];
	struct error err = {0};

	if ((file && stored_path(s, file, path, &err) < 0) ||
	    cli_filter_new(f, file ? path : NULL, &s->filter, &err) < 0) {
		cli_fail_error(s, &err);
		return false;
	}
	if (s->filter)
		words_set_filter(grammar_words(s->grammar), filter_line, s);
	return true;
}

static enum cli_result close_filter(struct cli_session *s, enum cli_result result)
{
	struct error err = {0};
	struct text last;

	if (s->enough)
		restart_pending(s, ""); /* the line that was begun is not the next command's */
	else if (s->pending.len > 0)
		cli_printf(s, "\n");
	words_end_filter(grammar_words(s->grammar));
	if (!s->filter)
		return result;
	text_init(&last, 256);
	if (cli_filter_end(s->filter, &last, &err) < 0)
		result = cli_fail_error(s, &err);
	if (last.len > 0)
		cli_printf(s, "%s\n", text_str(&last));
	text_free(&last);
	cli_filter_free(s->filter);
	s->filter = NULL;
	return result;
}

/* Lines */

/* What the caret does not say: that it is a feature which is not here. */
static void explain_feature(const struct cli_session *s, const struct parse_result *r,
			    const char *line, struct text *out)
{
	const struct feature *f;

	if (r->status != PARSE_INVALID)
		return;
	if (s->depth == 0 || r->is_do) {
		const char *instead = feature_instead(line);

		if (instead)
			text_addf(out, "%% %s\n\n", instead);
		return;
	}
	f = feature_of(line);
	if (f && f->name)
		text_addf(out, "%% Not supported: %s\n\n", f->name);
	else if (f)
		text_add(out, "% Without effect here\n\n");
}

static void explain(struct cli_session *s, const struct parse_result *r, const char *line)
{
	struct text text, prompt;

	if (s->refused) {
		s->refused(s->refused_ctx, r->status, parse_has_place(r) ? r->offset : SIZE_MAX,
			   parse_reason(r));
		return;
	}
	text_init(&text, 0);
	text_init(&prompt, 256);
	cli_prompt(s, &prompt);
	if (s->show_errors_with_line && r->status != PARSE_TOO_LONG)
		text_addf(&text, "%s%s\n", text_str(&prompt), line);
	parse_explain(r, line, prompt.len, &text);
	explain_feature(s, r, line, &text);
	print_error(s, text_str(&text));
	text_free(&text);
	text_free(&prompt);
}

enum cli_result cli_fail_at(struct cli_session *s, size_t offset, const char *sentence)
{
	const struct parse_result r = {.status = PARSE_INVALID, .offset = offset};
	struct text text, prompt;

	if (s->refused) {
		s->refused(s->refused_ctx, PARSE_INVALID, offset, sentence);
		s->failed = true;
		return CLI_FAILED;
	}
	text_init(&text, 0);
	text_init(&prompt, 256);
	cli_prompt(s, &prompt);
	if (s->show_errors_with_line)
		text_addf(&text, "%s%s\n", text_str(&prompt), s->line);
	parse_explain(&r, s->line, prompt.len, &text);
	text_addf(&text, "%% %s\n\n", sentence);
	print_error(s, text_str(&text));
	text_free(&text);
	text_free(&prompt);
	return CLI_FAILED;
}

struct call {
	struct cli_session *s;
	const struct parse_result *r;
};

static int call_row(void *ctx)
{
	const struct call *c = ctx;

	return c->r->match.row->run(c->s, &c->r->match, c->r->form);
}

/* The line with "*****" in place of secrets. NULL: no memory. */
static char *masked(const struct parse_result *r, const char *line)
{
	struct text text;
	size_t at = strspn(line, " \t");

	text_init(&text, 2 * TOKEN_LINE_MAX);
	for (size_t i = 0; i < r->match.count; i++) {
		const struct cli_arg *a = &r->match.arg[i];

		if (!a->secret)
			continue;
		text_add_n(&text, line + at, a->from - at);
		text_add(&text, "*****");
		at = a->to;
	}
	text_add(&text, line + at);
	return text_take(&text);
}

/* What edits stand for from now on; NULL: no command. */
static void set_command(struct cli_session *s, const char *text)
{
	if (s->backend->command)
		s->backend->command(s->backend->ctx, text);
}

static void tell_command(struct cli_session *s, const struct parse_result *r, const char *line)
{
	char *text = s->depth > 0 && !r->is_do ? masked(r, line) : NULL;

	set_command(s, text);
	alloc_free(text);
}

/* "exec"; in configuration what its prompt has in brackets: "config-if". */
static const char *mode_word(enum cli_mode mode, char *buf, size_t size)
{
	const char *prompt = mode_prompts[mode];

	if (mode < CLI_MODE_CONFIG)
		return "exec";
	snprintf(buf, size, "%.*s", (int)strcspn(prompt + 1, ")"), prompt + 1);
	return buf;
}

/* Programs that watch commands hear of this one, and may keep it from running. Lines of a configuration that is
 * loaded into a candidate are not typed by anybody. */
static bool may_run(struct cli_session *s, const struct parse_result *r)
{
	char *output = NULL, mode[48];
	bool run;

	if (!s->backend->announce || (s->candidate && !r->is_do))
		return true;
	run = s->backend->announce(s->backend->ctx, r->full,
				   mode_word((enum cli_mode)r->match.mode, mode, sizeof(mode)),
				   &output);
	if (output && *output)
		cli_printf(s, "%s%s", output, output[strlen(output) - 1] == '\n' ? "" : "\n");
	alloc_free(output);
	return run;
}

static enum cli_result run_result(struct cli_session *s, const struct parse_result *r)
{
	struct call call = {.s = s, .r = r};
	enum cli_result result;

	/* A command of an outer mode leaves the modes inside it. */
	if (!r->is_do)
		cli_pop(s, s->depth - r->outer);
	if (!open_filter(s, &r->filter))
		return CLI_FAILED;
	/* `do show running-config` is about running. */
	if (r->is_do && s->candidate)
		s->backend->target(s->backend->ctx, NULL);
	result = (enum cli_result)words_call(grammar_words(s->grammar), r->node->word, call_row,
					     &call);
	if (r->is_do && s->candidate)
		s->backend->target(s->backend->ctx, "candidate");
	result = close_filter(s, result);
	if (result == CLI_FAILED)
		s->failed = true;
	return result;
}

struct parse_place cli_parse_place(const struct cli_session *s)
{
	struct parse_place at = {.grammar = s->grammar, .privilege = s->privilege};
	size_t outermost = s->depth > 0 ? CONFIG_DEPTH : 0;

	for (size_t d = s->depth + 1; d-- > outermost;)
		at.mode[at.count++] = s->level[d].mode;
	return at;
}

enum cli_result cli_run_line(struct cli_session *s, const char *line)
{
	struct parse_result *r = alloc_zero(sizeof(*r));
	char *copy = alloc_printf("%.*s", (int)strcspn(line, "\r\n"), line);
	enum cli_result result = CLI_FAILED;
	struct parse_place at;

	s->enough = false;
	if (s->collect) {
		result = s->collect(s, line);
	} else if (!r || !copy) {
		cli_fail(s, "no memory");
	} else {
		at = cli_parse_place(s);
		parse_line(&at, copy, r);
		if (r->status == PARSE_OK) {
			tell_command(s, r, copy);
			s->line = copy;
			result = may_run(s, r) ? run_result(s, r) : CLI_OK;
			s->line = NULL;
			if (!s->collect)
				set_command(s, NULL);
		} else if (r->status == PARSE_EMPTY) {
			result = CLI_OK;
		} else {
			explain(s, r, copy);
		}
	}
	if (r)
		cli_match_wipe(&r->match);
	alloc_free(r);
	secret_free_text(copy);
	return result;
}
