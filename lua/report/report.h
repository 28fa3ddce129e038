/*
 * report: from an incident one folder that a person can read, keep and send away:
 *
 *	ROOT/ID/report.html      both ends side by side; self-contained, no script, no network
 *	ROOT/ID/report.txt       a letter to the operator of the other end, in their time zone
 *	ROOT/ID/packets.pcapng   the packets that were refused, as far as they were kept
 *	ROOT/ID/incident.json    the incident itself
 *	ROOT/ID/NAME             what was added (outputs of show commands)
 *
 * A folder is written whole or not at all: made beside its place under a name that begins with a dot,
 * then put there by one rename; one that is there already is exchanged, and what had been added to it is
 * kept. The number, the size and the room left on the disk are bounded; the oldest go first. No symbolic
 * link is followed, in the root or below it, and nothing but the folders of incidents is ever removed.
 *
 * What is written comes from strangers: file names are event ids and checked names alone, the texts are
 * made by a short-lived child process without files, sockets or privileges, under limits of memory and
 * processor time, and only its bytes, counted, are believed.
 *
 * All functions block (some milliseconds; a disk may take longer) and keep no state between calls: a
 * loop calls them on a thread of base/jobs, with the JSON left alone by others meanwhile. Processes that
 * write to one root wait for each other (flock on the root).
 */
#ifndef LUA_REPORT_H
#define LUA_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

struct error;

#define REPORT_ID_MAX	 64 /* letters, digits, and "-_." after the first */
#define REPORT_NAME_MAX	 64 /* of an added file: the same letters */
#define REPORT_ADDED_MAX 64 /* added files of an incident */
#define REPORT_PATH_MAX	 512

struct report_limits {
	unsigned int keep;   /* folders, the new one included; 0: as many as there is room for */
	uint64_t keep_bytes; /* of all folders together; 0: no bound */
	uint64_t one_bytes;  /* of one folder; 0: no bound */
	uint64_t free_bytes; /* that must stay free on the disk; 0: no bound */
};

/* 100 folders, 64 MiB together, 8 MiB each, and 64 MiB of the disk stay free. */
struct report_limits report_limits_default(void);

/* An event id or an added file's name may be a file name here: the right letters, not too long, no dot
 * first; of names also none that report itself writes. */
bool report_id_valid(const char *id);
bool report_name_valid(const char *name);

/*
 * Writes the folder of `incident` (an object; its member "id" names the folder) below `root`, which is
 * made if its parent exists. What had been added to the same id stays. limits NULL: the defaults.
 * folder (of REPORT_PATH_MAX, may be NULL) gets ROOT/ID. 0, or -errno with a sentence in err:
 * -EINVAL no id, or an unfit one; -ENOSPC no room within the limits even without the older ones;
 * -ELOOP a symbolic link or another thing is in the way; -EPROTO the child failed on this text.
 */
int report_write(const char *root, const json_t *incident, const struct report_limits *limits,
		 char *folder, struct error *err);

/*
 * Adds, or replaces, one file of the folder of `id`, which must be there (-ENOENT), and makes its
 * report.html anew so that it shows it. data is borrowed; any bytes, len may be 0. 0 or -errno as above;
 * -E2BIG: there are REPORT_ADDED_MAX others.
 */
int report_add(const char *root, const char *id, const char *name, const void *data, size_t len,
	       const struct report_limits *limits, struct error *err);

/* What was added, all at once; see report_add(). Cheaper than one by one. */
struct report_file {
	const char *name;
	const void *data;
	size_t len;
};

/* report_write() with these files added; names as report_name_valid() (-EINVAL). */
int report_write_with(const char *root, const json_t *incident, const struct report_file *files,
		      size_t count, const struct report_limits *limits, char *folder,
		      struct error *err);

/* The names of the folders below `root`, newest first, as a JSON array of
 * {"id","bytes","time"} (time: seconds since 1970, when it was last written). NULL: no memory;
 * a root that is not there is an empty array. The caller owns it. */
json_t *report_list(const char *root);

#endif
