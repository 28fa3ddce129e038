#include "cli/show.h"

#include "base/addr.h"

struct walk {
	struct show *sh;
	const struct show_part *part;
	const char *value; /* wanted of part->leaf; NULL: every entry */
};

/* Addresses are compared as addresses: ::1 may be written in several ways. */
static bool same_value(const char *a, const char *b)
{
	struct addr x, y;

	if (addr_parse(&x, a) == 0 && addr_parse(&y, b) == 0)
		return addr_equal(&x, &y);
	return strcmp(a, b) == 0;
}

static void json_entry(struct show *sh, const json_t *entry)
{
	char *text = json_dumps(entry, JSON_INDENT(2) | JSON_ENCODE_ANY);
	const char *line = text;

	cli_printf(sh->s, "%s\n", sh->count > 0 ? "," : "");
	while (line && *line) {
		size_t len = strcspn(line, "\n");

		cli_printf(sh->s, "    %.*s%s", (int)len, line, line[len] ? "\n" : "");
		line += len + (line[len] == '\n');
	}
	free(text);
}

/* The container without its lists; the caller's. */
static json_t *without_lists(const json_t *entry, const char *lists)
{
	json_t *own = json_copy((json_t *)(uintptr_t)entry);
	char name[64];

	while (own && *lists) {
		size_t len = strcspn(lists, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, lists);
		json_object_del(own, name);
		lists += len + (lists[len] == ' ');
	}
	return own;
}

static bool walk_entry(void *arg, const json_t *entry);

/* The daemon answers with everything below a container; its own leaves come first. */
static bool walk_container(void *arg, const json_t *entry)
{
	struct walk *w = arg;
	json_t *own = without_lists(entry, w->part->lists);

	if (json_object_size(own) > 0)
		walk_entry(arg, own);
	json_decref(own);
	return false;
}

static bool walk_entry(void *arg, const json_t *entry)
{
	struct walk *w = arg;

	if (w->part->wanted && !w->part->wanted(w->sh, entry))
		return true;
	if (w->value && !same_value(w->value, data_text(entry, w->part->leaf, "")))
		return true;
	if (cli_wants_json(w->sh->s))
		json_entry(w->sh, entry);
	else
		w->part->print(w->sh, entry);
	w->sh->count++;
	return true;
}

bool show_is(const struct show *sh, const json_t *entry, const char *leaf, const char *param)
{
	const char *value = cli_match_get(sh->m, param);

	return !value || same_value(value, data_text(entry, leaf, ""));
}

static enum cli_result walk_part(struct show *sh, const struct show_part *part)
{
	struct walk w = {.sh = sh, .part = part};
	struct error err = {0};
	int rc;

	w.value = part->leaf ? cli_match_get(sh->m, part->param) : NULL;
	sh->count = 0;
	rc = cli_state_each(sh->s, part->ask ? part->ask : part->path,
			    part->lists ? walk_container : walk_entry, &w, &err);
	return rc < 0 ? cli_fail_error(sh->s, &err) : CLI_OK;
}

static enum cli_result json_part(struct show *sh, const struct show_part *part)
{
	enum cli_result result;

	cli_printf(sh->s, "%s\n  \"%s\": [", sh->first ? "{" : ",", part->path);
	sh->first = false;
	result = walk_part(sh, part);
	cli_printf(sh->s, "%s]", sh->count > 0 ? "\n  " : "");
	return result;
}

static enum cli_result layout_part(struct show *sh, const struct show_part *part)
{
	enum cli_result result;

	if (part->before)
		part->before(sh);
	result = walk_part(sh, part);
	if (part->after && result == CLI_OK)
		part->after(sh);
	return result;
}

static enum cli_result show_all(struct show *sh, const struct show_part *parts, size_t count)
{
	enum cli_result result = CLI_OK;
	bool json = cli_wants_json(sh->s);

	for (size_t i = 0; result == CLI_OK && !sh->s->enough && i < count; i++) {
		if (json && !parts[i].layout_only)
			result = json_part(sh, &parts[i]);
		else if (!json)
			result = layout_part(sh, &parts[i]);
	}
	if (json)
		cli_printf(sh->s, "\n}\n");
	return result;
}

enum cli_result show_counted(struct cli_session *s, const struct cli_match *m,
			     const struct show_part *part, void *ctx, uint64_t *count)
{
	struct show sh = {.s = s, .m = m, .ctx = ctx, .first = true};
	enum cli_result result = show_all(&sh, part, 1);

	*count = sh.count;
	return result;
}

enum cli_result show_parts(struct cli_session *s, const struct cli_match *m,
			   const struct show_part *parts, size_t count, void *ctx)
{
	struct show sh = {.s = s, .m = m, .ctx = ctx, .first = true};

	return show_all(&sh, parts, count);
}

bool show_document(void *arg, const json_t *document)
{
	char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENCODE_ANY);

	if (text)
		cli_printf(arg, "%s\n", text);
	free(text);
	return true;
}

enum cli_result show_config_json(struct cli_session *s, const char *path)
{
	struct error err = {0};

	return s->backend->get_config(s->backend->ctx, path, show_document, s, &err) < 0
		       ? cli_fail_error(s, &err)
		       : CLI_OK;
}

const char *show_span(uint64_t seconds, char *buf, size_t size)
{
	unsigned long long minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

	if (days >= 7)
		snprintf(buf, size, "%lluw%llud", days / 7, days % 7);
	else if (days > 0)
		snprintf(buf, size, "%llud%02lluh", days, hours % 24);
	else
		snprintf(buf, size, "%02llu:%02llu:%02llu", hours, minutes % 60,
			 (unsigned long long)seconds % 60);
	return buf;
}

const char *show_time(const json_t *entry, const char *leaf, char *buf, size_t size)
{
	uint64_t ms;
	time_t seconds;
	struct tm tm;
	size_t n;

	if (!data_time(entry, leaf, &ms)) {
		snprintf(buf, size, "never");
		return buf;
	}
	seconds = (time_t)(ms / 1000);
	localtime_r(&seconds, &tm);
	n = strftime(buf, size, "%b %e %H:%M:%S", &tm);
	snprintf(buf + n, size - n, ".%03u", (unsigned int)(ms % 1000));
	return buf;
}

const char *show_net(const json_t *entry, const char *leaf, char *buf, size_t size)
{
	const char *text = data_text(entry, leaf, "0.0.0.0/0");
	struct prefix p;
	struct addr mask;
	char a[ADDR_STRLEN], b[ADDR_STRLEN];

	if (prefix_parse(&p, text) < 0 || p.addr.family != AF_INET) {
		text_copy(buf, size, text);
		return buf;
	}
	mask = addr_v4(p.len ? UINT32_MAX << (32 - p.len) : 0);
	snprintf(buf, size, "%s/%s", addr_format(&p.addr, a), addr_format(&mask, b));
	return buf;
}
