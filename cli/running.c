#include "cli/running.h"

#include <errno.h>

#include "base/alloc.h"
#include "cli/handlers.h"
#include "cli/spec.h"
#include "cli/syntax.h"

#define TEXT_MAX (64 << 20)

/* Rows whose words are not the leaves themselves. */
static const struct {
	enum cli_result (*run)(struct cli_session *, const struct cli_match *, enum cli_form);
	json_t *(*view)(const json_t *entry);
} views[] = {
	{cli_do_transform_set, cli_view_transform_set},
	{cli_do_rule, cli_view_rule},
	{cli_do_standard_rule, cli_view_standard_rule},
	{cli_do_enable_secret, cli_view_enable},
	{cli_do_line, cli_view_line},
	{cli_do_eem_policy, cli_view_eem_policy},
	{cli_do_applet_event, cli_view_event},
};

struct running {
	const struct running_source *source;
	struct syntax **syntax; /* by row */
	struct text *out;
	char section[64];  /* the container whose lines stand last */
	bool open;	   /* lines stand behind the last "!" */
	bool all;	   /* what is off is said, too */
	json_t *container; /* of `container_path` */
	char container_path[128];
	struct error *err;
};

/* What an entry's lines are written with. */
struct block {
	struct running *r;
	size_t row;
	size_t count; /* of entries so far */
	bool lines;   /* the last entry was lines, not a block */
};

static bool has_text(const struct cli_row *row)
{
	return row->data && (row->forms & (CLI_HAS_SET | CLI_INVERSE));
}

static json_t *view_of(const struct cli_row *row, const json_t *entry)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (views[i].run == row->run)
			return views[i].view(entry);
	return json_incref((json_t *)(uintptr_t)entry);
}

static void close_block(struct running *r)
{
	if (r->open)
		text_add(r->out, "!\n");
	r->open = false;
}

/* Is there one more line, and does it begin with no? A switch that is off is one where everything is
 * said. */
static bool render_line(const struct running *r, size_t row, const json_t *entry, size_t *index,
			struct text *line, bool *is_no)
{
	const char *spec = cli_row(row)->data;

	*is_no = cli_row(row)->forms & CLI_INVERSE;
	if (spec_render(r->syntax[row], spec, entry, index, line))
		return true;
	*is_no = !*is_no;
	return r->all && *index == 0 && ++*index && !line->len &&
	       spec_render_off(r->syntax[row], spec, entry, line);
}

/* All lines of a row for one container or entry. */
static void write_lines(struct running *r, size_t row, const json_t *entry, unsigned int indent)
{
	for (size_t index = 0;;) {
		struct text line;
		bool written, is_no;

		text_init(&line, 4096);
		written = render_line(r, row, entry, &index, &line, &is_no);
		if (written) {
			text_addf(r->out, "%*s%s%s\n", (int)indent, "", is_no ? "no " : "",
				  text_str(&line));
			r->open = true;
		}
		text_free(&line);
		if (!written)
			return;
	}
}

static bool is_rule(const struct cli_row *row)
{
	return row->run == cli_do_rule || row->run == cli_do_standard_rule;
}

static void write_entry(struct running *r, size_t row, const json_t *entry, unsigned int indent);

/* "name[…" or "./name": what the row reads below the entry. */
static const json_t *below(const char *spec, const json_t *entry)
{
	char name[64];

	if (spec[0] == '.' && spec[1] != '/')
		return entry;
	spec += spec[0] == '.' ? 2 : 0;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(spec, "[ "), spec);
	return json_object_get(entry, name);
}

/* Containers of nothing but containers say nothing; nor does what is off, unless all is said. */
static bool says_something(const struct running *r, const json_t *node)
{
	json_t *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)node, key, value)
	{
		if (json_is_object(value) ? says_something(r, value)
					  : r->all || !json_is_false(value))
			return true;
	}
	return false;
}

/* Rules stand in the order in which they are looked at, whatever the order of the data. */
static void write_rules(struct running *r, size_t row, const json_t *list, unsigned int indent)
{
	size_t count;
	json_t **rules = cli_rules_sorted(list, &count);

	for (size_t i = 0; rules && i < count; i++)
		write_entry(r, row, rules[i], indent);
	if (!rules)
		r->out->failed = true;
	alloc_free(rules);
}

static void write_row_below(struct running *r, size_t row, const json_t *entry, unsigned int indent)
{
	const char *spec = cli_row(row)->data;
	const json_t *node = below(spec, entry);
	json_t *one;
	size_t i;

	if (!spec_is_list(spec)) {
		if (cli_row(row)->enters && says_something(r, node))
			write_entry(r, row, node, indent);
		else if (node && !cli_row(row)->enters)
			write_lines(r, row, node, indent);
		return;
	}
	if (is_rule(cli_row(row))) {
		write_rules(r, row, entry, indent);
		return;
	}
	json_array_foreach(node, i, one)
	{
		write_entry(r, row, one, indent);
	}
}

/* The line that opens an entry, and the lines of its mode. */
static void write_entry(struct running *r, size_t row, const json_t *entry, unsigned int indent)
{
	json_t *view = view_of(cli_row(row), entry);
	struct text line;

	text_init(&line, 4096);
	if (view && spec_render_entry(r->syntax[row], cli_row(row)->data, view, &line)) {
		if (is_rule(cli_row(row)))
			cli_pad_deny(&line);
		text_addf(r->out, "%*s%s\n", (int)indent, "", text_str(&line));
	}
	text_free(&line);
	json_decref(view);
	r->open = true;
	if (!cli_row(row)->enters)
		return;
	for (size_t i = 0; i < cli_row_count(); i++)
		if (cli_row(i)->mode == cli_row(row)->enters && has_text(cli_row(i)))
			write_row_below(r, i, entry, indent + 1);
}

/* Lists with numbers are lines that stand together. */
static bool write_numbered(struct block *b, const json_t *entry)
{
	struct text lines;
	bool written;

	text_init(&lines, TEXT_MAX);
	written = cli_write_numbered_list(cli_row(b->row), entry, &lines);
	if (written) {
		if (!b->lines)
			close_block(b->r);
		text_add(b->r->out, text_str(&lines));
		b->r->open = true;
	}
	b->lines = written;
	text_free(&lines);
	return written;
}

static bool write_top_entry(void *arg, const json_t *entry)
{
	struct block *b = arg;
	bool opens = cli_row(b->row)->enters;

	if (write_numbered(b, entry))
		return !b->r->out->failed;

	/* Lines without a mode of their own stand together. */
	if (opens || b->count++ == 0)
		close_block(b->r);
	write_entry(b->r, b->row, entry, 0);
	if (opens)
		close_block(b->r);
	b->r->section[0] = '\0';
	return !b->r->out->failed;
}

/* The one interface that was asked for. */
static bool write_interface(void *arg, const json_t *entry)
{
	struct block *b = arg;

	b->count++;
	write_entry(b->r, b->row, entry, 0);
	return !b->r->out->failed;
}

static bool merge(void *arg, const json_t *entry)
{
	json_t *all = arg, *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		if (!json_is_object(json_array_get(value, 0)))
			json_object_set(all, key, value);
	}
	return true;
}

/* Rows that stand together mostly read the same container: it is fetched once. */
static int read_container(struct running *r, const char *path)
{
	if (r->container && strcmp(r->container_path, path) == 0)
		return 0;
	json_decref(r->container);
	r->container = json_object();
	text_copy(r->container_path, sizeof(r->container_path), path);
	if (!r->container)
		return -ENOMEM;
	return r->source->each(r->source->ctx, path, merge, r->container, r->err);
}

static int write_top(struct running *r, size_t row)
{
	struct block b = {.r = r, .row = row};
	struct text path;
	int rc;

	text_init(&path, 256);
	rc = spec_list_path(NULL, cli_row(row)->data, &path) ? 0 : -ENOMEM;
	if (rc == 0 && spec_is_list(cli_row(row)->data))
		rc = r->source->each(r->source->ctx, text_str(&path), write_top_entry, &b, r->err);
	else if (rc == 0)
		rc = read_container(r, text_str(&path));
	if (rc == 0 && !spec_is_list(cli_row(row)->data) && cli_row(row)->enters) {
		if (says_something(r, r->container))
			write_top_entry(&b, r->container);
	} else if (rc == 0 && cli_row(row)->run == cli_do_banner) {
		close_block(r);
		cli_write_banner(cli_row(row), r->container, r->out);
	} else if (rc == 0 && !spec_is_list(cli_row(row)->data)) {
		if (strcmp(r->section, text_str(&path)) != 0)
			close_block(r);
		text_copy(r->section, sizeof(r->section), text_str(&path));
		write_lines(r, row, r->container, 0);
	}
	text_free(&path);
	return rc;
}

static void free_syntax(struct running *r)
{
	for (size_t i = 0; r->syntax && i < cli_row_count(); i++)
		syntax_free(r->syntax[i]);
	alloc_free(r->syntax);
}

static int parse_rows(struct running *r)
{
	r->syntax = alloc_array(cli_row_count(), sizeof(struct syntax *));
	for (size_t i = 0; r->syntax && i < cli_row_count(); i++) {
		if (!has_text(cli_row(i)))
			continue;
		r->syntax[i] = syntax_parse(cli_row(i)->syntax, r->err);
		if (!r->syntax[i])
			return -ENOMEM;
	}
	return r->syntax ? 0 : -ENOMEM;
}

int running_text(const struct running_source *source, struct text *out, struct error *err)
{
	struct running r = {.source = source, .out = out, .err = err, .all = source->all};
	int rc = parse_rows(&r);

	for (size_t i = 0; rc == 0 && i < cli_row_count(); i++)
		if (cli_row(i)->mode == CLI_MODE_CONFIG && has_text(cli_row(i)))
			rc = write_top(&r, i);
	close_block(&r);
	json_decref(r.container);
	free_syntax(&r);
	if (rc == 0 && out->failed)
		rc = -ENOMEM;
	return rc < 0 ? error_set(err, rc, "the configuration could not be read") : 0;
}

struct rule_lines {
	struct syntax *syntax;
	const struct cli_row *row;
};

struct rule_lines *rule_lines_new(bool standard)
{
	struct rule_lines *r = alloc_zero(sizeof(*r));
	struct error err = {0};

	for (size_t i = 0; r && !r->row && i < cli_row_count(); i++)
		if (cli_row(i)->run == (standard ? cli_do_standard_rule : cli_do_rule))
			r->row = cli_row(i);
	if (r && r->row)
		r->syntax = syntax_parse(r->row->syntax, &err);
	return r;
}

void rule_lines_free(struct rule_lines *r)
{
	if (!r)
		return;
	syntax_free(r->syntax);
	alloc_free(r);
}

bool rule_line(const struct rule_lines *r, const json_t *rule, struct text *out)
{
	json_t *view = r && r->syntax ? view_of(r->row, rule) : NULL;
	bool ok;

	if (!view)
		return false;
	json_object_del(view, "sequence"); /* optional in the row; views are copies */
	ok = spec_render_entry(r->syntax, r->row->data, view, out);
	json_decref(view);
	return ok;
}

static int from_running(void *ctx, const char *path, data_entry *fn, void *arg, struct error *err)
{
	return cli_config_each(ctx, path, fn, arg, err);
}

static bool print_document(void *arg, const json_t *document)
{
	char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENCODE_ANY);

	if (text)
		cli_printf(arg, "%s\n", text);
	free(text);
	return true;
}

/* ---- show running-config ----------------------------------------------------------------------------- */

#define STATE_PATH "/spindle-system:system-state"

/* What the daemon says of itself above a configuration. */
struct header {
	struct text *out;
	bool changes, written;
};

static void add_time(struct text *out, uint64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;
	char when[64];

	localtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%H:%M:%S %Z %a %b %-d %Y", &tm);
	text_add(out, when);
}

static bool write_header(void *arg, const json_t *state)
{
	const char *who = data_text(state, "last-change-user", NULL),
		   *version = data_text(state, "version", NULL);
	struct header *h = arg;
	uint64_t ms;

	if (h->written || !version)
		return true;
	h->written = true;
	if (!h->changes) {
		;
	} else if (data_time(state, "last-change", &ms)) {
		text_add(h->out, "! Last configuration change at ");
		add_time(h->out, ms);
		text_addf(h->out, "%s%s\n!\n", who ? " by " : "", who ? who : "");
	} else {
		text_add(h->out, "! No configuration change since last restart\n!\n");
	}
	text_addf(h->out, "version %s\n!\n", version);
	return true;
}

/* A daemon that does not say it is no reason to show nothing. */
void running_header(struct cli_session *s, bool changes, struct text *out)
{
	struct header h = {.out = out, .changes = changes};
	struct error ignored = {0};

	cli_state_each(s, STATE_PATH, write_header, &h, &ignored);
}

static void print_config(struct cli_session *s, struct text *text)
{
	text_add(text, "end\n");
	cli_printf(s, "Building configuration...\n\nCurrent configuration : %zu bytes\n",
		   text->len);
	cli_printf(s, "!\n%s", text_str(text));
}

static size_t interface_row(void)
{
	size_t i = 0;

	while (cli_row(i)->mode != CLI_MODE_CONFIG || cli_row(i)->enters != CLI_MODE_INTERFACE)
		i++;
	return i;
}

/* One interface and what its mode holds. 1: it is there, 0, or -errno. */
static int interface_text(struct cli_session *s, const struct cli_match *m, struct text *out,
			  struct error *err)
{
	struct running r = {.out = out, .err = err, .all = cli_match_get(m, "all")};
	struct block b = {.r = &r, .row = interface_row()};
	json_t *place = spec_place(NULL, cli_row(b.row)->data, m);
	struct text path;
	int rc = parse_rows(&r);

	text_init(&path, 1024);
	if (!place || !spec_place_path(place, &path))
		rc = -ENOMEM;
	if (rc == 0)
		rc = cli_config_each(s, text_str(&path), write_interface, &b, err);
	text_free(&path);
	json_decref(place);
	free_syntax(&r);
	return rc < 0 ? error_set(err, rc, "no memory") : b.count > 0;
}

static enum cli_result show_interface(struct cli_session *s, const struct cli_match *m)
{
	struct error err = {0};
	enum cli_result result = CLI_OK;
	struct text text;
	int rc;

	text_init(&text, TEXT_MAX);
	rc = interface_text(s, m, &text, &err);
	if (rc < 0)
		result = cli_fail_error(s, &err);
	else if (rc == 0)
		result = cli_fail(s, "Interface %s is not in the configuration",
				  cli_match_get(m, "name"));
	else
		print_config(s, &text);
	text_free(&text);
	return result;
}

static enum cli_result show_all(struct cli_session *s, bool all)
{
	struct running_source source = {.ctx = s, .each = from_running, .all = all};
	struct error err = {0};
	enum cli_result result = CLI_OK;
	struct text text;

	text_init(&text, TEXT_MAX);
	running_header(s, true, &text);
	if (running_text(&source, &text, &err) < 0)
		result = cli_fail_error(s, &err);
	else
		print_config(s, &text);
	text_free(&text);
	return result;
}

static enum cli_result show(struct cli_session *s, const struct cli_match *m, bool all)
{
	struct error err = {0};

	if (!cli_wants_json(s) && !cli_match_get(m, "format"))
		return cli_match_get(m, "name") ? show_interface(s, m) : show_all(s, all);
	return s->backend->get_config(s->backend->ctx, "", print_document, s, &err) < 0
		       ? cli_fail_error(s, &err)
		       : CLI_OK;
}

CLI_HANDLER(cli_show_running)
{
	const struct cli_backend *b = s->backend;
	bool all = cli_match_get(m, "all");
	enum cli_result result;

	(void)form;
	if (all && !b->defaults)
		return cli_fail(s, "this daemon does not tell defaults");
	if (all)
		b->defaults(b->ctx, true);
	result = show(s, m, all);
	if (all)
		b->defaults(b->ctx, false);
	return result;
}
