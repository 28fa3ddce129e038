/*
 * aaa/model: users, enable secrets, privileges, lines, banners as small objects, each made from its YANG
 * entry. A change is prepared whole, so that taking it over needs no memory and cannot fail.
 */
#ifndef AAA_MODEL_H
#define AAA_MODEL_H

#include "aaa/aaa.h"
#include "base/list.h"

struct config_change;
struct lyd_node;

enum object_kind {
	OBJECT_SETTINGS, /* one */
	OBJECT_USER,
	OBJECT_ENABLE,
	OBJECT_PRIVILEGE,
	OBJECT_LINE,
	OBJECT_BANNER,	   /* one */
	OBJECT_LOG_CONFIG, /* one */
	OBJECT_KINDS,
};

#define OBJECT_KEY_MAX 160

struct user_object {
	bool has_privilege;
	uint8_t privilege;
	char hash[AAA_HASH_MAX]; /* "" = none */
};

struct enable_object {
	uint8_t level;
	char hash[AAA_HASH_MAX];
};

struct settings_object {
	uint16_t block_for_s, attempts, within_s, max_fail;
	uint8_t delay_s;
};

/* What an entry sets; `has` has a bit for each. */
enum line_set {
	LINE_TIMEOUT = 1 << 0,
	LINE_ACCESS = 1 << 1,
	LINE_TRANSPORT = 1 << 2,
	LINE_PRIVILEGE = 1 << 3,
	LINE_SYNCHRONOUS = 1 << 4,
	LINE_LENGTH = 1 << 5,
	LINE_WIDTH = 1 << 6,
	LINE_HISTORY = 1 << 7,
	LINE_LIMIT = 1 << 8,
};

struct line_object {
	enum aaa_line_kind kind;
	uint8_t first, last;
	unsigned int has;
	struct aaa_line set;
};

struct object {
	struct list node;
	enum object_kind kind;
	char key[OBJECT_KEY_MAX]; /* its list keys, joined by blanks; "" = the only one */
	union {
		struct settings_object settings;
		struct user_object user;
		struct enable_object enable;
		uint8_t level; /* of a command, which is the key */
		struct line_object line;
		char *banner[AAA_BANNERS];
		struct aaa_log_config log_config;
	};
};

/* OBJECT_KINDS: no row of this room. */
enum object_kind object_kind_of(const char *path);
const char *const *
object_paths(void); /* of the schema nodes that the room handles; ends with NULL */
/* The values of its list keys, joined by blanks; "" where it has none. */
void object_key(const struct lyd_node *node, char key[OBJECT_KEY_MAX]);
/* NULL: err says why. */
struct object *object_parse(enum object_kind kind, const struct lyd_node *node, struct error *err);
void object_free(struct object *o); /* NULL is fine; wipes hashes */
const struct object *object_find(const struct list *objects, enum object_kind kind,
				 const char *key);

#endif
