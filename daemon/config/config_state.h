/* config: the object itself, for config.c (queue, load, save), commit.c (rooms) and get.c. */
#ifndef CONFIG_CONFIG_STATE_H
#define CONFIG_CONFIG_STATE_H

#include "base/list.h"
#include "base/loop.h"
#include "config/config_internal.h"

#define CONFIG_ROOMS_MAX   16
#define CONFIG_WAITING_MAX 256
/* Objects handled in one turn of the loop, so that no turn grows with the configuration. */
#define CONFIG_SLICE 64
/* Nodes of an edit and of what it touches: what has more is worked on beside the loop. */
#define CONFIG_INLINE 400
#define CONFIG_SAY_MS 1000 /* after the last commit of a person */

#define CONFIG_RETRY_MS 60000 /* an undoing that was refused is tried again */

enum config_kind {
	CONFIG_LOAD,
	CONFIG_EDIT,
	CONFIG_CHECK,
	CONFIG_SAVE,
	CONFIG_ERASE,
	CONFIG_MERGE_STORED,
	CONFIG_FILL,  /* a candidate */
	CONFIG_AMEND, /* an edit of a candidate */
	CONFIG_COMMIT,
	CONFIG_CHECK_CANDIDATE,
	CONFIG_GUARD,
	CONFIG_REVERT,
	CONFIG_ARCHIVE,
};

enum config_reason {
	CONFIG_WHY_ASKED,
	CONFIG_WHY_SAVED,
	CONFIG_WHY_PERIOD,
	CONFIG_WHY_REPLACE,
	CONFIG_WHY_ROLLBACK
};

#define CONFIG_ARCHIVE_MAX   16 /* more than can be configured */
#define CONFIG_ARCHIVE_USUAL 10
#define CONFIG_ARCHIVE_NAME  64

struct config_archive_list {
	struct config_snapshot entries[CONFIG_ARCHIVE_MAX]; /* oldest first */
	size_t count;
};

/* A snapshot that is being made. */
struct config_archiving {
	int state_dir;
	struct config_snapshot entry, drop[CONFIG_ARCHIVE_MAX];
	size_t drop_count;
	uint64_t version; /* of running */
	bool is_written;
	struct error err;
};

struct config_archive {
	struct config_archive_list list;
	uint64_t version; /* of running, when the newest was made in this life */
	unsigned int maximum, minutes;
	bool on_save;
	struct loop_timer timer;
	char title[24], file[CONFIG_ARCHIVE_NAME + 16]; /* that is being read */
};

/* What somebody asked for, in the order of asking. */
struct config_request {
	struct list node;
	enum config_kind kind;
	json_t *edit;
	char *who;
	bool quiet;		    /* who it was is logged by somebody else */
	struct config_candidate *k; /* a reference */
	enum config_source from;
	unsigned int number, minutes;
	struct config_counts *counts;
	enum config_reason reason;
	config_done *done;
	void *arg;
};

struct config_candidate {
	struct config *config;
	unsigned int refs; /* the owner, and each request */
	bool is_filled;
	enum config_source from;
	struct config_data data;
	char **edits; /* from running: the edits so far, secrets sealed */
	size_t edit_count, edit_cap, edit_bytes;
};

struct config_guard {
	bool is_armed, is_going_back;
	struct config_data data; /* what running was */
	char who[64];
	uint64_t until_ms;
	struct loop_timer timer;
};

/* How a step of the machine ends. */
enum config_step {
	CONFIG_WAIT,  /* somebody will call */
	CONFIG_YIELD, /* go on in another turn */
	CONFIG_NEXT,  /* go on */
};

enum config_phase {
	CONFIG_IDLE,
	CONFIG_READING,	  /* the startup file, on a worker */
	CONFIG_MAKING,	  /* the fragment of a large edit, on a worker */
	CONFIG_FILLING,	  /* a candidate or a guard, on a worker */
	CONFIG_AMENDING,  /* a candidate, by a large edit, on a worker */
	CONFIG_PREPARING, /* rooms hear of the changes */
	CONFIG_COMMITTING,
	CONFIG_UNDOING,	  /* a room refused: those before it go back, latest first */
	CONFIG_LANDING,	  /* all agreed: a large fragment becomes running, on a worker */
	CONFIG_SWEEPING,  /* a large fragment that comes to nothing is freed, on a worker */
	CONFIG_GATHERING, /* running becomes the document to be saved, on a worker */
	CONFIG_WRITING,	  /* that, on a worker */
};

struct config_wait; /* a room's answer that is still to come */

struct config_commit {
	struct config_fragment f;
	bool large;   /* f is made, landed and freed on workers */
	bool changes; /* f had any */
	bool touched[CONFIG_ROOMS_MAX];
	size_t at;   /* the next delta, or the room whose turn it is */
	size_t back; /* undoing: the deltas before this one are still to be told back */
	bool is_going_back;
	struct config_wait *wait;
	bool answered;
	struct error why; /* the refusal */
};

/* What a worker is given: running too, which nobody else touches meanwhile. */
struct config_work {
	const struct config_schema *schema;
	const struct seal *seal;
	json_t *json; /* an edit, taken … */
	bool is_kept; /* its text is wanted: secrets sealed, free() */
	char *text;
	bool is_parsed;
	struct lyd_node *edit;	  /* … and parsed */
	struct config_file *file; /* reading, gathering */
	struct config_fragment *f;
	struct config_data *running;
	struct config_candidate *k;
	enum config_source from;
	struct config_data *guard;	    /* becomes a copy of running first */
	struct config_archiving *archiving; /* NULL: nothing is archived */
	bool is_optional;		    /* an archive that fails stops nothing */
	struct config_archive_list archive; /* reading: what there is */
	int state_dir;
	struct error err;
};

struct config {
	struct loop *loop;
	struct jobs *jobs;
	struct log *log;
	struct config_paths paths;
	struct config_schema schema;
	const struct config_room *rooms[CONFIG_ROOMS_MAX];
	size_t room_count;
	struct config_data running;
	size_t candidate_count;
	struct config_guard guard;
	struct config_archive archive;
	struct config_archiving archiving;
	uint64_t version;
	bool loaded, unsaved;
	struct list waiting;
	size_t waiting_count;
	struct config_request *now;
	enum config_phase phase;
	struct config_commit commit;
	struct config_file file;
	struct config_work work;
	json_t *scrap; /* large edits that were parsed, to be freed a slice a turn */
	struct loop_timer scrap_timer;
	struct loop_timer timer;
	struct loop_timer said; /* until who changed something is logged */
	uint64_t changed_ms;	/* when running was changed last, for people; 0: not since start */
	char changed_by[64];
	char author[64]; /* "" = that was logged */
	config_touched *touched;
	void *touched_ctx;
};

/* config.c */
/* Copies what it is given; takes the edit. */
void config_submit(struct config *c, const struct config_request *like);
void config_run(void *config); /* steps until it has to wait */
void config_schedule(struct config *c);
enum config_step config_finish(struct config *c, int err, const struct error *why);
enum config_step config_start_work(struct config *c, enum config_phase phase,
				   void (*run)(void *work));
enum config_step config_made(struct config *c);	   /* there is a fragment, or the reason why not */
void config_scrap(struct config *c, json_t *json); /* frees it a slice a turn; takes it */
void config_set_file(struct config *c, enum config_source from, unsigned int number);
/* candidate.c, guard.c */
enum config_step config_begin_fill(struct config *c);
enum config_step config_begin_amend(struct config *c);
enum config_step config_begin_commit(struct config *c);
enum config_step config_begin_guard(struct config *c);
enum config_step config_begin_revert(struct config *c);
enum config_step config_filled_step(struct config *c);
enum config_step config_amended_step(struct config *c);
/* All rooms agreed to what replaces running. */
void config_candidate_land(struct config *c);
/* Compares, and archives running where that is due: a refusal, unless it is optional. */
void config_work_replace(struct config_work *w, struct config_data *by);
void config_candidate_concluded(struct config *c, int err);
void config_guard_concluded(struct config *c, int err);
void config_guard_expired(void *config);
void config_guard_free(struct config *c);
void config_data_scrap(struct config *c, struct config_data *d); /* on a worker */
/*
 * work.c: what grows with an edit. Each `run` takes a struct config_work and leaves its error in err.
 */
bool config_json_is_large(const json_t *json);
bool config_edit_is_large(const struct lyd_node *edit, const struct lyd_node *running);
void config_work_parse(void *work);  /* json → edit */
void config_work_make(void *work);   /* json or edit → f */
void config_work_read(void *work);   /* file → f */
void config_work_land(void *work);   /* f → running */
void config_work_merge(void *work);  /* file → json → f */
void config_work_sweep(void *work);  /* f → nothing */
void config_work_gather(void *work); /* running → file->doc */
/* Drops entries, from the end, until *left is 0 or nothing is left. */
void config_json_drop(json_t *json, size_t *left);
void config_work_clear(struct config_work *w);
/* commit.c: from a fragment to rooms that have all agreed, or none. */
enum config_step config_prepare_step(struct config *c);
enum config_step config_commit_step(struct config *c);
enum config_step config_undo_step(struct config *c);
enum config_step config_landed(struct config *c, int err);
void config_commit_clear(struct config *c);
/* get.c: a page of a tree; config_get() says the rest. */
int config_get_page(const struct config_schema *s, const struct config_data *data, const char *path,
		    unsigned int how, uint64_t *cursor, size_t max, json_t **out,
		    struct error *err);
/* Everything into doc. 0 or -ENOMEM. */
int config_get_all(const struct config_schema *s, const struct config_data *data, json_t *doc);
/* archive.c: on a worker … */
void config_archive_scan(int state_dir, struct config_archive_list *list);
void config_archive_write(struct config_archiving *a, const char *text);
void config_archive_data(struct config_archiving *a, const struct config_schema *s,
			 const struct config_data *data);
char *config_data_text(const struct config_schema *s, const struct config_data *data); /* free() */
/* … and on the loop. False: nothing is to be archived. */
bool config_archive_prepare(struct config *c, enum config_reason why);
void config_archive_concluded(struct config *c);
enum config_step config_begin_archive(struct config *c);
void config_archive_period(void *config);
void config_archive_settle(struct config *c); /* after each commit */
const char *config_archive_file(struct config *c, unsigned int number);

#endif
