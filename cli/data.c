#include "cli/data.h"

#include <ctype.h>
#include <errno.h>

#include "base/text.h"
#include "cli/session.h"

/* Length of one path segment with its predicates; a '/' in a quoted value does not end it. */
static size_t segment_len(const char *at)
{
	char quote = '\0';
	size_t n = 0;

	for (; at[n] && (quote || at[n] != '/'); n++) {
		if (quote && at[n] == quote)
			quote = '\0';
		else if (!quote && (at[n] == '\'' || at[n] == '"'))
			quote = at[n];
	}
	return n;
}

const json_t *data_at(const json_t *document, const char *path)
{
	const json_t *node = document;

	while (node && *path == '/') {
		char name[128];
		size_t len;

		path++;
		len = segment_len(path);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(path, "[/"), path);
		node = json_object_get(node, name);
		/* An entry that was asked for by its keys is the only one of its list. */
		if (path[strcspn(path, "[/")] == '[' && path[len] == '/')
			node = json_array_get(node, 0);
		path += len;
	}
	return node;
}

struct each {
	const struct cli_session *s;
	const char *path;
	data_entry *each;
	void *arg;
};

static bool each_document(void *arg, const json_t *document)
{
	const struct each *e = arg;
	const json_t *node = data_at(document, e->path);
	json_t *entry;
	size_t i;

	if (!json_is_array(node))
		return node ? e->each(e->arg, node) && !e->s->enough : true;
	json_array_foreach(node, i, entry)
	{
		if (!e->each(e->arg, entry) || e->s->enough)
			return false;
	}
	return true;
}

int cli_state_each(struct cli_session *s, const char *path, data_entry *each, void *arg,
		   struct error *err)
{
	struct each e = {.s = s, .path = path, .each = each, .arg = arg};

	return s->backend->get(s->backend->ctx, path, each_document, &e, err);
}

int cli_config_each(struct cli_session *s, const char *path, data_entry *each, void *arg,
		    struct error *err)
{
	struct each e = {.s = s, .path = path, .each = each, .arg = arg};

	return s->backend->get_config(s->backend->ctx, path, each_document, &e, err);
}

static bool gather(void *arg, const json_t *entry)
{
	json_t *all = arg, *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)entry, key, value)
	{
		if (json_is_array(value) && json_is_object(json_array_get(value, 0)))
			continue; /* a list of entries: read by its own path */
		json_object_set(all, key, value);
	}
	return true;
}

json_t *cli_config_container(struct cli_session *s, const char *path)
{
	json_t *all = json_object();
	struct error err = {0};

	if (all &&
	    (cli_config_each(s, path, gather, all, &err) < 0 || json_object_size(all) == 0)) {
		json_decref(all);
		return NULL;
	}
	return all;
}

uint64_t data_number(const json_t *entry, const char *leaf)
{
	const json_t *v = json_object_get(entry, leaf);
	uint64_t n = 0;

	if (json_is_integer(v))
		return json_integer_value(v) < 0 ? 0 : (uint64_t)json_integer_value(v);
	if (!json_is_string(v) || text_u64(json_string_value(v), 0, UINT64_MAX, &n) < 0)
		return 0;
	return n;
}

const char *data_text(const json_t *entry, const char *leaf, const char *absent)
{
	const char *s = json_string_value(json_object_get(entry, leaf));

	return s && *s ? s : absent;
}

bool data_true(const json_t *entry, const char *leaf)
{
	return json_is_true(json_object_get(entry, leaf));
}

bool data_has(const json_t *entry, const char *leaf)
{
	return json_object_get(entry, leaf) != NULL;
}

static unsigned int fraction_ms(const char *at)
{
	unsigned int ms = 0, scale = 100;

	for (; isdigit((unsigned char)*at) && scale > 0; at++, scale /= 10)
		ms += scale * (unsigned int)(*at - '0');
	return ms;
}

bool data_time(const json_t *entry, const char *leaf, uint64_t *ms)
{
	const char *s = json_string_value(json_object_get(entry, leaf)), *end;
	struct tm tm = {0};
	long zone = 0;
	time_t seconds;

	end = s ? strptime(s, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!end)
		return false;
	*ms = *end == '.' ? fraction_ms(end + 1) : 0;
	end += *end == '.' ? 1 + strspn(end + 1, "0123456789") : 0;
	if ((*end == '+' || *end == '-') && strlen(end) == 6)
		zone = (end[1] * 600L + end[2] * 60L + end[4] * 10L + end[5] - '0' * 671L) *
		       (*end == '-' ? -60L : 60L);
	seconds = timegm(&tm) - zone;
	*ms += (uint64_t)(seconds < 0 ? 0 : seconds) * 1000;
	return true;
}
