/*
 * cli/show: one walk of the daemon's reply, two writers: the router's layout, or JSON (`| json`).
 *
 * A show is a list of parts; a part is a path and how one entry of it looks. Entries are printed as
 * they come, page by page: nothing gathers a list.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/session.h"

struct show {
	struct cli_session *s;
	const struct cli_match *m;
	void *ctx;	/* the show's own */
	uint64_t count; /* entries of the current part so far */
	bool first;	/* JSON: no member yet */
};

typedef void show_print(struct show *sh, const json_t *entry);

struct show_part {
	const char *path;
	const char *ask; /* the path with a filter, where that is what is asked for */
	show_print *print;
	void (*before)(struct show *sh); /* layout only: heading and end; may be NULL */
	void (*after)(struct show *sh);
	const char
		*leaf; /* only entries whose leaf is the value of this parameter, if it was given */
	const char *param;
	bool (*wanted)(struct show *sh,
		       const json_t *entry); /* NULL: every entry that leaf lets through */
	bool layout_only; /* read for the layout; JSON has the entries from another part */
	/* A container: its own leaves alone count, without the lists that have parts of their own (their
	 * names, parted by blanks). NULL: the path is a list. */
	const char *lists;
};

/* Each part of the state that the parameters of m let through, in order, as layout or as JSON (`| json`). ctx
 * becomes the show's own. */
enum cli_result show_parts(struct cli_session *s, const struct cli_match *m,
			   const struct show_part *parts, size_t count, void *ctx);

/* One part, and how many entries it had. */
enum cli_result show_counted(struct cli_session *s, const struct cli_match *m,
			     const struct show_part *part, void *ctx, uint64_t *count);

/* Prints a document as JSON; arg is the session. Goes on (true): for get_config of a backend. */
bool show_document(void *arg, const json_t *document);
/* What is configured at a path, as JSON documents. */
enum cli_result show_config_json(struct cli_session *s, const char *path);

/* "00:12:34", then "1d02h", "3w2d". */
const char *show_span(uint64_t seconds, char *buf, size_t size);
/* "*Nov 24 18:12:15.250" in local time, of a date-and-time leaf; "never" when absent. */
const char *show_time(const json_t *entry, const char *leaf, char *buf, size_t size);
/* "10.1.0.0/255.255.0.0" of a prefix; IPv6 as prefix. absent: "0.0.0.0/0.0.0.0". */
const char *show_net(const json_t *entry, const char *leaf, char *buf, size_t size);

/* Is the leaf the parameter's value, where the parameter was given? Addresses are compared as such. */
bool show_is(const struct show *sh, const json_t *entry, const char *leaf, const char *param);

#define SHOW_BUF 128

#endif
