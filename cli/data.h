/*
 * cli/data: reading the daemon's documents: down a path to the entries, page by page.
 */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/error.h"

struct cli_session;

/* What stands at `path` ("/spindle-crypto:crypto/map[…]") of a document; NULL: nothing. Borrowed. */
const json_t *data_at(const json_t *document, const char *path);

/* One list entry or container, borrowed; false: enough. */
typedef bool data_entry(void *arg, const json_t *entry);
/* Each list entry, or each container's part, at path: of state, of running configuration. */
int cli_state_each(struct cli_session *s, const char *path, data_entry *each, void *arg,
		   struct error *err);
int cli_config_each(struct cli_session *s, const char *path, data_entry *each, void *arg,
		    struct error *err);
/* The leaves and lists of values of one container or entry; the caller's; NULL: nothing there. */
json_t *cli_config_container(struct cli_session *s, const char *path);

/* Leaves of an entry: numbers also where RFC 7951 writes them as strings. */
uint64_t data_number(const json_t *entry, const char *leaf); /* 0 = absent */
const char *data_text(const json_t *entry, const char *leaf, const char *absent);
bool data_true(const json_t *entry, const char *leaf);
bool data_has(const json_t *entry, const char *leaf);
/* "2026-11-24T18:12:15.250Z" → milliseconds since 1970; false: not a time. */
bool data_time(const json_t *entry, const char *leaf, uint64_t *ms);

#endif
