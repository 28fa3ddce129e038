/*
 * report/store: the folders of incidents below one root: found, measured, put there whole, removed.
 * Everything is opened by one checked name below a descriptor, never through a symbolic link.
 */
#ifndef LUA_REPORT_STORE_H
#define LUA_REPORT_STORE_H

#include "lua/report/report.h"

#define STORE_FILES (REPORT_ADDED_MAX + 8)

/* Files in memory, owned. */
struct store_files {
	struct {
		char name[REPORT_NAME_MAX + 1];
		char *data;
		size_t len;
	} file[STORE_FILES];
	size_t count;
};

/* Opens (and makes, if its parent exists) the root, waits for other writers, and clears what a writer
 * that died has left. Returns a descriptor, which close() gives back, or -errno. */
int store_open(const char *root, struct error *err);
/* The same without making, waiting or clearing: for reading. */
int store_open_to_read(const char *root);
/* Adds the files of the folder to *out: those that were added to it, or incident.json (`name`; NULL: the
 * former). At most `limit` bytes. 0 also where there is no folder; -ELOOP, -EEXIST: what is there is no
 * folder of an incident. */
int store_read(int root, const char *id, const char *name, size_t limit, struct store_files *out,
	       struct error *err);
bool store_has(int root, const char *id);
/* Adds or replaces a copy. 0, -ENOMEM, -E2BIG. */
int store_set(struct store_files *f, const char *name, const void *data, size_t len);
void store_files_free(struct store_files *f);
/* Removes the oldest folders but `id` until `bytes` more keep within the limits. */
int store_make_room(int root, const char *id, uint64_t bytes, const struct report_limits *limits,
		    struct error *err);
/* Puts the folder there, whole, in place of the one that is there. */
int store_put(int root, const char *id, const struct report_file *files, size_t count,
	      struct error *err);

/* One folder, for those that list them. */
struct store_folder {
	char id[REPORT_ID_MAX + 1];
	uint64_t bytes;
	int64_t time_ns; /* since 1970, when it was written */
};

/* All folders of incidents, oldest first; the caller frees *out by alloc_free(). 0 or -errno. */
int store_list(int root, struct store_folder **out, size_t *count);

#endif
