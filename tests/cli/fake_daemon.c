#include "fake_daemon.h"

#include <errno.h>

#include "base/text.h"

#define PAGE 3

static const char *const keys[][4] = {
	{"map", "name", "sequence"},
	{"rule", "sequence"},
	{"line", "kind", "first", "last"},
	{"enable", "level"},
	{"exec-privilege", "command"},
	{"host", "address"},
	{"event", "tag"},
	{"attribute", "tag"},
	{"action", "label"},
	{"set", "label"},
	{"thread", "queue", "class"},
};

static const char *key_of(const char *list, size_t index)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i][0], list) == 0)
			return index < 3 ? keys[i][1 + index] : NULL;
	return index == 0 ? "name" : NULL;
}

static bool same_entry(const char *list, const json_t *a, const json_t *b)
{
	const char *key;

	if (strcmp(list, "policy") == 0 && json_object_get(b, "file"))
		return json_equal(json_object_get(a, "file"), json_object_get(b, "file"));
	for (size_t i = 0; (key = key_of(list, i)); i++)
		if (!json_equal(json_object_get(a, key), json_object_get(b, key)))
			return false;
	return true;
}

static const char *operation_of(const json_t *node)
{
	const char *op = json_string_value(
		json_object_get(json_object_get(node, "@"), "spindle-types:operation"));

	return op ? op : "merge";
}

static void remove_named(json_t *into, const json_t *edit)
{
	const char *names = json_string_value(
		json_object_get(json_object_get(edit, "@"), "spindle-types:remove"));

	while (names && *names) {
		char name[128];
		size_t len = strcspn(names, " ");

		snprintf(name, sizeof(name), "%.*s", (int)len, names);
		json_object_del(into, name);
		names += len + (names[len] == ' ');
	}
}

static void apply_entries(json_t *into, const char *name, const json_t *entries)
{
	json_t *list = json_object_get(into, name), *entry;
	size_t i;

	if (!list) {
		list = json_array();
		json_object_set_new(into, name, list);
	}
	json_array_foreach(entries, i, entry)
	{
		const char *op = operation_of(entry);
		size_t at = 0;

		while (at < json_array_size(list) &&
		       !same_entry(name, json_array_get(list, at), entry))
			at++;
		if (strcmp(op, "merge") != 0)
			json_array_remove(list, at);
		if (strcmp(op, "remove") == 0 || strcmp(op, "delete") == 0)
			continue;
		if (strcmp(op, "replace") == 0)
			json_array_insert_new(list, at, json_object());
		else if (at == json_array_size(list))
			json_array_append_new(list, json_object());
		fake_apply(json_array_get(list, at), entry);
	}
	if (json_array_size(list) == 0)
		json_object_del(into, name);
}

static void apply_values(json_t *into, const char *name, const json_t *values, const json_t *meta)
{
	json_t *list = json_object_get(into, name), *value;
	size_t i;

	if (!list) {
		list = json_array();
		json_object_set_new(into, name, list);
	}
	json_array_foreach(values, i, value)
	{
		bool goes = json_object_get(json_array_get(meta, i), "spindle-types:operation") !=
			    NULL;
		size_t at = 0;

		while (at < json_array_size(list) && !json_equal(json_array_get(list, at), value))
			at++;
		if (goes)
			json_array_remove(list, at);
		else if (at == json_array_size(list))
			json_array_append(list, value);
	}
	if (json_array_size(list) == 0)
		json_object_del(into, name);
}

/* Secrets in clear are sealed: here, their bytes in hexadecimal. */
static json_t *sealed(const json_t *value, const char *form)
{
	const char *s = json_string_value(value);
	struct text t;
	json_t *out;

	if (!s || strncmp(s, "0 ", 2) != 0)
		return json_incref((json_t *)(uintptr_t)value);
	text_init(&t, 0);
	text_add(&t, form);
	for (s += 2; *s; s++)
		text_addf(&t, "%02x", (unsigned char)*s);
	out = json_string(text_str(&t));
	text_free(&t);
	return out;
}

static void apply_member(json_t *into, const char *name, json_t *value, const json_t *edit)
{
	char meta[128];

	snprintf(meta, sizeof(meta), "@%s", name);
	if (json_is_object(value) && strcmp(operation_of(value), "remove") == 0) {
		json_object_del(into, name);
	} else if (json_is_object(value)) {
		if (!json_object_get(into, name))
			json_object_set_new(into, name, json_object());
		fake_apply(json_object_get(into, name), value);
	} else if (json_is_object(json_array_get(value, 0))) {
		apply_entries(into, name, value);
	} else if (json_is_array(value) && !json_is_null(json_array_get(value, 0))) {
		apply_values(into, name, value, json_object_get(edit, meta));
	} else if (strncmp(name, "pre-shared-key", 14) == 0) {
		json_object_set_new(into, name, sealed(value, "6 "));
	} else if (strcmp(name, "secret") == 0) {
		json_object_set_new(into, name, sealed(value, "9 $y$"));
	} else {
		json_object_set(into, name, value);
	}
}

void fake_apply(json_t *config, const json_t *edit)
{
	const char *name;
	json_t *value;

	remove_named(config, edit);
	json_object_foreach((json_t *)(uintptr_t)edit, name, value)
	{
		if (name[0] != '@')
			apply_member(config, name, value, edit);
	}
}

/* Reading */

struct step {
	char name[64];
	char key[3][32], value[3][128];
	size_t keys;
};

static const char *read_step(const char *at, struct step *st)
{
	*st = (struct step){0};
	at++;
	snprintf(st->name, sizeof(st->name), "%.*s", (int)strcspn(at, "/["), at);
	at += strcspn(at, "/[");
	while (*at == '[' && st->keys < 3) {
		size_t k = st->keys++, len = strcspn(at + 1, "=");
		char quote = at[1 + len + 1];
		const char *value = at + 1 + len + 2, *end = strchr(value, quote);

		snprintf(st->key[k], sizeof(st->key[k]), "%.*s", (int)len, at + 1);
		snprintf(st->value[k], sizeof(st->value[k]), "%.*s", (int)(end - value), value);
		at = end + 2;
	}
	return at;
}

static bool entry_is(const json_t *entry, const struct step *st)
{
	for (size_t k = 0; k < st->keys; k++) {
		const json_t *v = json_object_get(entry, st->key[k]);
		char buf[32] = "";

		if (json_is_integer(v))
			snprintf(buf, sizeof(buf), "%lld", (long long)json_integer_value(v));
		if (strcmp(json_is_string(v) ? json_string_value(v) : buf, st->value[k]) != 0)
			return false;
	}
	return true;
}

static json_t *pick(const json_t *list, const struct step *st)
{
	json_t *entry;
	size_t i;

	json_array_foreach(list, i, entry)
	{
		if (entry_is(entry, st))
			return entry;
	}
	return NULL;
}

/* Wraps what is at the path's end in the path's names, a page at a time. */
struct answer {
	cli_document *each;
	void *arg;
	struct step step[8];
	size_t depth;
};

static bool deliver(struct answer *a, json_t *node)
{
	bool go_on;

	for (size_t i = a->depth; node && i-- > 0;) {
		bool entry = a->step[i].keys > 0;

		node = entry ? json_pack("{s[o]}", a->step[i].name, node)
			     : json_pack("{so}", a->step[i].name, node);
	}
	go_on = a->each(a->arg, node);
	json_decref(node);
	return go_on;
}

static int answer(const json_t *root, const char *path, cli_document *each, void *arg)
{
	struct answer a = {.each = each, .arg = arg};
	const json_t *node = root;
	json_t *entry;
	size_t i;

	while (*path == '/' && node) {
		struct step *st = &a.step[a.depth++];

		path = read_step(path, st);
		node = json_object_get(node, st->name);
		if (st->keys && *path == '/')
			node = pick(node, st);
	}
	/* By some of the keys: several may fit. */
	if (node && a.depth && a.step[a.depth - 1].keys) {
		json_array_foreach(node, i, entry)
		{
			if (entry_is(entry, &a.step[a.depth - 1]) &&
			    !deliver(&a, json_incref(entry)))
				break;
		}
		return 0;
	}
	if (!node)
		return 0;
	if (!json_is_array(node) || !json_is_object(json_array_get(node, 0))) {
		deliver(&a, json_incref((json_t *)(uintptr_t)node));
		return 0;
	}
	for (i = 0; i < json_array_size(node); i += PAGE) {
		json_t *page = json_array();

		for (size_t k = i; k < i + PAGE && k < json_array_size(node); k++)
			json_array_append(page, json_array_get(node, k));
		if (!deliver(&a, page))
			break;
	}
	return 0;
}

static int fake_get(void *ctx, const char *path, cli_document *each, void *arg, struct error *err)
{
	struct fake_daemon *f = ctx;

	snprintf(f->asked, sizeof(f->asked), "%s", path);
	if (f->absent)
		return error_set(err, -ENOTCONN, "%s", f->absent);
	return answer(f->state, path, each, arg);
}

static int fake_get_config(void *ctx, const char *path, cli_document *each, void *arg,
			   struct error *err)
{
	const struct fake_daemon *f = ctx;

	(void)err;
	return answer(f->to_candidate ? f->candidate : f->config, path, each, arg);
}

static int fake_edit(void *ctx, json_t *edit, struct error *err)
{
	struct fake_daemon *f = ctx;

	if (f->refusal) {
		json_decref(edit);
		return error_set(err, f->refusal_code ? f->refusal_code : -EINVAL, "%s",
				 f->refusal);
	}
	f->edits++;
	fake_apply(f->to_candidate ? f->candidate : f->config, edit);
	json_decref(edit);
	return 0;
}

static const json_t *stored_of(const struct fake_daemon *f, const char *name)
{
	return strcmp(name, "running") == 0	? f->config
	       : strcmp(name, "startup") == 0	? f->startup
	       : strcmp(name, "archive") == 0	? f->archive
	       : strcmp(name, "candidate") == 0 ? f->candidate
						: NULL;
}

static int fake_get_stored(void *ctx, const char *source, uint32_t index, cli_document *each,
			   void *arg, struct error *err)
{
	const json_t *stored = stored_of(ctx, source);

	(void)index;
	if (!stored)
		return error_set(err, -ENOENT, "%s is not present", source);
	each(arg, stored);
	return 0;
}

static int fake_order(void *ctx, const char *op, json_t *members, struct error *err)
{
	struct fake_daemon *f = ctx;

	if (f->refusal) {
		json_decref(members);
		return error_set(err, -EINVAL, "%s", f->refusal);
	}
	json_array_append_new(f->orders, json_pack("[so]", op, members ? members : json_object()));
	return 0;
}

static int fake_candidate(void *ctx, const char *from, uint32_t index, struct error *err)
{
	struct fake_daemon *f = ctx;

	const json_t *stored = stored_of(f, from);

	(void)index;
	if (!stored && strcmp(from, "empty") != 0)
		return error_set(err, -ENOENT, "%s is not present", from);
	json_decref(f->candidate);
	f->candidate = stored ? json_deep_copy(stored) : json_object();
	return 0;
}

static int fake_commit(void *ctx, uint32_t confirm_minutes, json_t **counts, struct error *err)
{
	struct fake_daemon *f = ctx;

	(void)confirm_minutes;
	*counts = NULL;
	if (f->commit_refusal)
		return error_set(err, -EPROTO, "%s", f->commit_refusal);
	json_decref(f->config);
	f->config = f->candidate;
	f->candidate = NULL;
	f->commits++;
	*counts = json_pack("{s:i,s:i,s:i}", "created", 3, "changed", 2, "deleted", 1);
	return 0;
}

static int fake_discard(void *ctx, struct error *err)
{
	struct fake_daemon *f = ctx;

	(void)err;
	json_decref(f->candidate);
	f->candidate = NULL;
	return 0;
}

static void fake_target(void *ctx, const char *name)
{
	((struct fake_daemon *)ctx)->to_candidate = name != NULL;
}

static int fake_action(void *ctx, const char *path, json_t *input, json_t **output,
		       struct error *err)
{
	struct fake_daemon *f = ctx;

	*output = NULL;
	if (f->secret && strcmp(path, "spindle-aaa:enable") == 0) {
		const char *given = json_string_value(json_object_get(input, "secret"));
		int rc = !given ? -ENOKEY : strcmp(given, f->secret) != 0 ? -EACCES : 0;

		json_decref(input);
		return rc ? error_set(err, rc, "Access denied") : 0;
	}
	if (f->refusal) {
		json_decref(input);
		return error_set(err, -EINVAL, "%s", f->refusal);
	}
	json_array_append_new(f->actions, json_pack("[so*]", path, input));
	*output = json_incref(json_array_get(f->outputs, 0));
	json_array_remove(f->outputs, 0);
	return 0;
}

static void fake_command(void *ctx, const char *line)
{
	struct fake_daemon *f = ctx;

	if (line)
		text_copy(f->command, sizeof(f->command), line);
}

static void fake_mask(void *ctx, bool on)
{
	((struct fake_daemon *)ctx)->masked = on;
}

static int fake_save(void *ctx, struct error *err)
{
	struct fake_daemon *f = ctx;

	if (f->refusal)
		return error_set(err, -ENOSPC, "%s", f->refusal);
	f->saves++;
	return 0;
}

void fake_init(struct fake_daemon *f)
{
	memset(f, 0, sizeof(*f));
	f->config = json_object();
	f->state = json_object();
	f->actions = json_array();
	f->orders = json_array();
}

void fake_end(struct fake_daemon *f)
{
	json_decref(f->config);
	json_decref(f->candidate);
	json_decref(f->startup);
	json_decref(f->archive);
	json_decref(f->orders);
	json_decref(f->state);
	json_decref(f->actions);
	json_decref(f->outputs);
	memset(f, 0, sizeof(*f));
}

struct cli_backend fake_backend(struct fake_daemon *f)
{
	return (struct cli_backend){.ctx = f,
				    .get = fake_get,
				    .get_config = fake_get_config,
				    .edit = fake_edit,
				    .action = fake_action,
				    .save = fake_save,
				    .get_stored = fake_get_stored,
				    .order = fake_order,
				    .command = fake_command,
				    .candidate = fake_candidate,
				    .commit = fake_commit,
				    .discard = fake_discard,
				    .target = fake_target,
				    .mask = fake_mask};
}

static void append(char *to, size_t size, const char *text)
{
	size_t n = strlen(to);

	text_copy(to + n, size - n, text);
}

static void gather_line(void *io, const char *line)
{
	struct fake_daemon *f = io;

	append(f->out, sizeof(f->out), line);
	append(f->out, sizeof(f->out), "\n");
}

static void gather_error(void *io, const char *text)
{
	struct fake_daemon *f = io;

	append(f->error, sizeof(f->error), text);
}

void fake_clear_output(struct fake_daemon *f)
{
	f->out[0] = f->error[0] = '\0';
}

void fake_session(struct fake_daemon *f, const struct cli_backend *backend, const struct grammar *g,
		  struct cli_session *s, int privilege)
{
	cli_session_init(s, g, backend, "ann", privilege);
	s->out = gather_line;
	s->error = gather_error;
	s->io = f;
}
