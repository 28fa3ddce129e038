/* config: what its files share: schema with handler rows, fragments, the JSON of a tree. */
#ifndef CONFIG_CONFIG_INTERNAL_H
#define CONFIG_CONFIG_INTERNAL_H

#include <libyang/libyang.h>

#include "base/text.h"
#include "config/config.h"

/*
 * schema.c: the modules, and the handler rows laid over them.
 */
struct config_row {
	const char *path;
	const struct config_room *room;
	const struct lysc_node *schema;
	size_t number; /* among the rows */
	bool single;   /* no list above it */
	bool indexed;  /* a single list: a tree's index of it has its entries */
};

/* What schema->priv of a container or list of configuration points to. */
struct config_node {
	struct config_row *row; /* NULL: part of an object, or just on the way */
	bool rows_below;	/* a node with a row hangs below */
};

struct config_schema {
	struct ly_ctx *ctx;
	struct config_row *rows; /* in the schema's order */
	size_t row_count;
	struct config_node *nodes;
	size_t node_count;
};

int config_schema_load(struct config_schema *s, const char *yang_dir,
		       const struct config_handler *handlers, size_t handler_count,
		       struct error *err);
void config_schema_clear(struct config_schema *s);
struct config_row *config_row_of(const struct lysc_node *schema); /* NULL: none of its own */
bool config_has_rows_below(const struct lysc_node *schema);
bool config_is_secret(const struct lysc_node *schema);
bool config_is_password(const struct lysc_node *schema); /* a hash, of which no reader learns more */
/* Sets err from libyang's last complaint. */
int config_ly_error(const struct ly_ctx *ctx, struct error *err, int code, const char *what);

/*
 * tree.c: finding, copying and comparing in data trees. "Own" is an object without nested rows.
 */
struct lyd_node *config_instance(const struct lyd_node *siblings, const struct lyd_node *like);
/* The counterpart in the forest `top` of a node of another tree, by its path; NULL. */
struct lyd_node *config_counterpart(const struct lyd_node *top, const struct lyd_node *node);
/* The same, made with its parents where it is not there: without children but for keys. */
struct lyd_node *config_ensure(struct lyd_node **top, const struct lyd_node *node);
/* A copy in its place under parent (or in *top), without children but for keys. NULL: no memory. */
struct lyd_node *config_copy_bare(const struct lyd_node *node, struct lyd_node *parent,
				  struct lyd_node **top);
int config_copy_own(const struct lyd_node *node, struct lyd_node *parent, struct lyd_node **top,
		    struct lyd_node **copy);
bool config_equal_own(const struct lyd_node *a, const struct lyd_node *b);
void config_drop(struct lyd_node **top, struct lyd_node *node); /* unlinks and frees */
int config_add(struct lyd_node **top, struct lyd_node *parent, struct lyd_node *node);
int config_key_cmp(const struct lyd_node *a, const struct lyd_node *b); /* of one list */

/*
 * data.c: a tree with an index of its lists.
 */
/* The entries of one row's list, in order of their keys. */
struct config_index {
	const struct lyd_node **items;
	size_t count, cap;
};

struct config_data {
	struct lyd_node *top;
	struct config_index *index; /* one a row */
	size_t index_count;
};

int config_data_init(struct config_data *d, const struct config_schema *s); /* empty */
void config_data_clear(struct config_data *d);				    /* may be used again */
/* The tree becomes the data, whatever was there before (which is freed). Takes the tree. */
int config_data_take(struct config_data *d, const struct config_schema *s, struct lyd_node *tree);
int config_data_copy(struct config_data *d, const struct config_schema *s,
		     const struct config_data *from);
void config_data_swap(struct config_data *a, struct config_data *b);
int config_index_reserve(struct config_index *x, size_t more);
void config_index_add(struct config_index *x, const struct lyd_node *node); /* room is reserved */
void config_index_drop(struct config_index *x, const struct lyd_node *node);

/*
 * edit.c: an edit applied to a tree. Knows operations, not rows.
 */
enum config_op {
	CONFIG_MERGE,
	CONFIG_CREATE,
	CONFIG_DELETE,
	CONFIG_REMOVE,
	CONFIG_REPLACE,
};
enum config_op config_op_of(const struct lyd_node *edit);
const char *config_removes_of(const struct lyd_node *edit); /* NULL: the annotation is not there */
/* Does the edit touch whole subtrees here, objects of nested rows included? */
bool config_takes_whole(const struct lyd_node *edit);
int config_parse_edit(const struct config_schema *s, const json_t *json, struct lyd_node **edit,
		      struct error *err);
/* Two texts of a type 6 secret, sealed or in clear, that mean the same. */
bool config_same_secret(const struct seal *seal, const char *a, const char *b);
int config_apply_edit(const struct lyd_node *edit, const struct seal *seal, struct lyd_node **tree,
		      struct error *err);

/*
 * secrets.c: secrets in JSON, before libyang sees them.
 */
/* Seals clear secrets in place and checks sealed ones; *sealed is set when there was one. Passwords
 * in clear are refused: who takes edits hashes them before (aaa_hash_edit()). */
int config_seal_json(const struct config_schema *s, const struct seal *seal, json_t *json,
		     bool *sealed, struct error *err);
/* Wipes every secret string, sealed or not. */
void config_wipe_json(const struct config_schema *s, json_t *json);

/*
 * fragment.c: the touched objects as they were and as they will be.
 */
struct config_delta {
	struct config_row *row;
	struct lyd_node *old, *new;
};

struct config_fragment {
	bool is_borrowed; /* old and new are somebody's whole trees: two configurations compared */
	struct lyd_node *old, *new;
	struct config_delta *deltas;
	size_t count, cap;
};

/* Gathers, edits, validates and compares. On failure the fragment is empty. */
int config_fragment_make(struct config_fragment *f, const struct config_schema *s,
			 const struct seal *seal, const struct lyd_node *running,
			 const struct lyd_node *edit, struct error *err);
/* The same with several edits, one after the other as one: begin, then add each, then make. Whoever
 * fails has cleared. */
int config_fragment_gather(struct config_fragment *f, const struct lyd_node *running,
			   const struct lyd_node *edit, struct error *err);
int config_fragment_begin(struct config_fragment *f, struct error *err); /* all are gathered */
int config_fragment_apply(struct config_fragment *f, const struct seal *seal,
			  const struct lyd_node *edit, struct error *err);
int config_fragment_finish(struct config_fragment *f, const struct config_schema *s,
			   struct error *err);
/* What leads from one configuration, validated, to another, which is validated here. Cost: the sum of
 * both. Both are borrowed for as long as the fragment is used; secrets of `new` that are the same as before
 * become the same text. */
int config_fragment_between(struct config_fragment *f, const struct config_schema *s,
			    const struct seal *seal, struct lyd_node *old, struct lyd_node **new,
			    struct error *err);
void config_fragment_count(const struct config_fragment *f, struct config_counts *counts);
/* Every object of a validated tree, against nothing. Takes the tree. */
int config_fragment_all(struct config_fragment *f, struct lyd_node *tree);
void config_fragment_clear(struct config_fragment *f);
/* Moves the new objects into the data and keeps its indices. -ENOMEM before anything moved. */
int config_fragment_land(struct config_fragment *f, const struct config_schema *s,
			 struct config_data *data);

/*
 * json.c: RFC 7951 of a tree: what was set, and with CONFIG_JSON_DEFAULTS what holds without (RFC 6243,
 * report-all).
 */
enum config_json_what {
	CONFIG_JSON_WHOLE,
	CONFIG_JSON_OWN,	  /* without lists and containers that are read by themselves */
	CONFIG_JSON_DEFAULTS = 2, /* a bit beside these */
};
/* The members of a container or list entry, or the value of a leaf. NULL: no memory. */
json_t *config_json_node(const struct lyd_node *node, enum config_json_what what, bool secrets);
/* Hangs the node's JSON into doc under its parents; an empty container is left out. */
int config_json_place(json_t *doc, const struct lyd_node *node, enum config_json_what what,
		      bool secrets);
/* The defaults of a container or leaf that is not there, below containers only. */
int config_json_place_defaults(json_t *doc, const struct lysc_node *schema,
			       enum config_json_what what);

/*
 * file.c: the startup file. Both run on a worker and touch only what they are given.
 */
struct config_archiving;

struct config_file {
	int dir;
	const char *name;
	const char *title;		    /* as people call it */
	bool is_wanted;			    /* read: without the file it is an error */
	const struct config_schema *schema; /* read */
	const struct seal *seal;	    /* read */
	char *text;			    /* write: taken; free() */
	struct config_archiving *archiving; /* write: the same text goes there; NULL: it does not */
	struct lyd_node *tree;		    /* read: the result */
	bool sealed;			    /* read: it held secrets in clear */
	struct error err;
};

void config_file_read(void *file);
/* The document as it stands in the file; NULL with the error set. *is_there: there is such a file. */
json_t *config_file_json(struct config_file *f, bool *is_there);
void config_file_write(void *file);
/* The whole file, atomically, and on the disk. */
int config_file_put(int dir, const char *name, const char *text, struct error *err);
void config_file_erase(void *file);

#endif
