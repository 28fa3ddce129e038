#include "aaa/model.h"

#include <errno.h>
#include <libyang/libyang.h>
#include <stdio.h>
#include <string.h>

#include "aaa/hash.h"
#include "base/alloc.h"
#include "base/leaf.h"
#include "base/text.h"

/* ---- objects --------------------------------------------------------------------------------------- */

/* Of which entry: `what` and the value of its key. */
static int take_hash(const struct lyd_node *n, const char *what, const char *key,
		     char out[AAA_HASH_MAX], struct error *err)
{
	const char *text = leaf_text(n, "secret"), *whose = leaf_text(n, key);

	if (text && !hash_is_usable(text))
		return error_set(
			err, -EINVAL,
			"%s %s: the password's hash is of a kind that crypt(3) here cannot check, "
			"or that takes more than a second or 64 MB: set the password anew",
			what, whose ? whose : "");
	text_copy(out, AAA_HASH_MAX, text ? text : "");
	return 0;
}

static int parse_settings(struct object *o, const struct lyd_node *n, struct error *err)
{
	const struct lyd_node *login = leaf_find(n, "login");

	(void)err;
	o->settings = (struct settings_object){
		.block_for_s = (uint16_t)leaf_u32(login, "block-for", 0),
		.attempts = (uint16_t)leaf_u32(login, "attempts", 0),
		.within_s = (uint16_t)leaf_u32(login, "within", 0),
		.max_fail = (uint16_t)leaf_u32(n, "max-fail", 0),
		.delay_s = (uint8_t)leaf_u32(login, "delay", 1),
	};
	return 0;
}

static int parse_user(struct object *o, const struct lyd_node *n, struct error *err)
{
	o->user.has_privilege = leaf_text(n, "privilege") != NULL;
	o->user.privilege = (uint8_t)leaf_u32(n, "privilege", 1);
	return take_hash(n, "username", "name", o->user.hash, err);
}

static int parse_enable(struct object *o, const struct lyd_node *n, struct error *err)
{
	o->enable.level = (uint8_t)leaf_u32(n, "level", 15);
	return take_hash(n, "enable secret level", "level", o->enable.hash, err);
}

static int parse_privilege(struct object *o, const struct lyd_node *n, struct error *err)
{
	(void)err;
	o->level = (uint8_t)leaf_u32(n, "level", 15);
	return 0;
}

static void take_transport(struct aaa_line *set, const char *value)
{
	bool all = !strcmp(value, "all");

	set->ssh |= all || !strcmp(value, "ssh");
	set->telnet |= all || !strcmp(value, "telnet");
}

static unsigned int has_leaf(const struct lyd_node *n, const char *name, enum line_set bit)
{
	return leaf_find(n, name) ? bit : 0;
}

static void take_numbers(struct line_object *l, const struct lyd_node *n)
{
	struct aaa_line *set = &l->set;

	l->has |= has_leaf(n, "privilege", LINE_PRIVILEGE) | has_leaf(n, "length", LINE_LENGTH) |
		  has_leaf(n, "width", LINE_WIDTH) | has_leaf(n, "history-size", LINE_HISTORY) |
		  has_leaf(n, "session-limit", LINE_LIMIT);
	set->privilege = (uint8_t)leaf_u32(n, "privilege", 0);
	set->length = (uint16_t)leaf_u32(n, "length", 0);
	set->width = (uint16_t)leaf_u32(n, "width", 0);
	set->history = (uint16_t)leaf_u32(n, "history-size", 0);
	set->session_limit = (uint8_t)leaf_u32(n, "session-limit", 0);
}

static int parse_line(struct object *o, const struct lyd_node *n, struct error *err)
{
	const char *kind = leaf_text(n, "kind"), *acl = leaf_text(n, "access-class");
	struct line_object *l = &o->line;
	const struct lyd_node *it;

	(void)err;
	l->kind = kind && !strcmp(kind, "vty") ? AAA_VTY : AAA_CON;
	l->first = (uint8_t)leaf_u32(n, "first", 0);
	l->last = (uint8_t)leaf_u32(n, "last", l->first);
	l->has |= has_leaf(n, "exec-timeout-minutes", LINE_TIMEOUT) |
		  has_leaf(n, "exec-timeout-seconds", LINE_TIMEOUT) |
		  has_leaf(n, "access-class", LINE_ACCESS) |
		  has_leaf(n, "transport-input", LINE_TRANSPORT) |
		  has_leaf(n, "logging-synchronous", LINE_SYNCHRONOUS);
	l->set.exec_timeout_s = leaf_u32(n, "exec-timeout-minutes", 0) * 60 +
				leaf_u32(n, "exec-timeout-seconds", 0);
	l->set.synchronous = leaf_flag(n, "logging-synchronous");
	text_copy(l->set.access_class, sizeof(l->set.access_class), acl ? acl : "");
	LY_LIST_FOR(lyd_child(n), it)
	if (!strcmp(LYD_NAME(it), "transport-input"))
		take_transport(&l->set, lyd_get_value(it));
	take_numbers(l, n);
	return 0;
}

static int parse_banner(struct object *o, const struct lyd_node *n, struct error *err)
{
	static const char *const names[AAA_BANNERS] = {"motd", "login", "exec"};

	for (size_t i = 0; i < AAA_BANNERS; i++) {
		const char *text = leaf_text(n, names[i]);

		o->banner[i] = alloc_text(text);
		if (text && !o->banner[i])
			return error_set(err, -ENOMEM, "no memory for a banner");
	}
	return 0;
}

static int parse_log_config(struct object *o, const struct lyd_node *n, struct error *err)
{
	(void)err;
	o->log_config = (struct aaa_log_config){.enabled = leaf_flag(n, "enabled"),
						.notify = leaf_flag(n, "notify-syslog"),
						.size = (uint16_t)leaf_u32(n, "size", 100)};
	return 0;
}

static const struct {
	const char *path;
	int (*parse)(struct object *o, const struct lyd_node *n, struct error *err);
} kinds[OBJECT_KINDS] = {
	[OBJECT_SETTINGS] = {"/spindle-aaa:aaa", parse_settings},
	[OBJECT_USER] = {"/spindle-aaa:aaa/user", parse_user},
	[OBJECT_ENABLE] = {"/spindle-aaa:aaa/enable", parse_enable},
	[OBJECT_PRIVILEGE] = {"/spindle-aaa:aaa/exec-privilege", parse_privilege},
	[OBJECT_LINE] = {"/spindle-line:lines/line", parse_line},
	[OBJECT_BANNER] = {"/spindle-line:lines/banner", parse_banner},
	[OBJECT_LOG_CONFIG] = {"/spindle-archive:archive/log-config", parse_log_config},
};

const char *const *object_paths(void)
{
	static const char *const paths[] = {"/spindle-aaa:aaa",
					    "/spindle-aaa:aaa/user",
					    "/spindle-aaa:aaa/enable",
					    "/spindle-aaa:aaa/exec-privilege",
					    "/spindle-line:lines/line",
					    "/spindle-line:lines/banner",
					    "/spindle-archive:archive/log-config",
					    NULL};

	return paths;
}

enum object_kind object_kind_of(const char *path)
{
	int kind = 0;

	while (kind < OBJECT_KINDS && strcmp(kinds[kind].path, path) != 0)
		kind++;
	return (enum object_kind)kind;
}

void object_key(const struct lyd_node *node, char key[OBJECT_KEY_MAX])
{
	const struct lyd_node *it;
	size_t len = 0;

	key[0] = '\0';
	LY_LIST_FOR(lyd_child(node), it)
	{
		int n;

		if (!lysc_is_key(it->schema))
			break;
		n = snprintf(key + len, OBJECT_KEY_MAX - len, "%s%s", len ? " " : "",
			     lyd_get_value(it));
		len += n > 0 && (size_t)n < OBJECT_KEY_MAX - len ? (size_t)n : 0;
	}
}

struct object *object_parse(enum object_kind kind, const struct lyd_node *node, struct error *err)
{
	struct object *o = alloc_zero(sizeof(*o));

	if (!o) {
		error_set(err, -ENOMEM, "no memory for users and lines");
		return NULL;
	}
	list_init(&o->node);
	o->kind = kind;
	object_key(node, o->key);
	if (!kinds[kind].parse(o, node, err))
		return o;
	object_free(o);
	return NULL;
}

void object_free(struct object *o)
{
	if (!o)
		return;
	list_remove(&o->node);
	for (size_t i = 0; o->kind == OBJECT_BANNER && i < AAA_BANNERS; i++)
		alloc_free(o->banner[i]);
	secret_wipe(o, sizeof(*o));
	alloc_free(o);
}

const struct object *object_find(const struct list *objects, enum object_kind kind, const char *key)
{
	const struct list *it;

	list_for_each(it, objects)
	{
		const struct object *o = list_entry(it, const struct object, node);

		if (o->kind == kind && !strcmp(o->key, key))
			return o;
	}
	return NULL;
}
