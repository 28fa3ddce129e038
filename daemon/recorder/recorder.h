/*
 * recorder: the flight recorder: the last minutes of what happened between us and each peer, always on.
 *
 * Notes (note.h) are kept in a fixed number of slots: no allocation, no formatting, no system call when one
 * is written. When all slots are taken, the oldest note of the peer with the most goes, so that a noisy one
 * pushes out nobody's minutes but its own. The slots may be a descriptor that outlives this process
 * (a memfd of the supervisor's): then they are found again after a crash.
 *
 * Records are in the order of their time; `seq` is made of it, so it only grows along that order.
 * What comes from process ike is up to half a second late and is put where it belongs.
 */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include "recorder/note.h"

struct error;
struct loop;
struct recorder;
struct recorder_frozen;

#define RECORDER_SLOT_LEN   128
#define RECORDER_SLOTS	    65536
#define RECORDER_HEAD_LEN   4096
#define RECORDER_FILE_LEN   (RECORDER_HEAD_LEN + (size_t)RECORDER_SLOTS * RECORDER_SLOT_LEN)
#define RECORDER_FROZEN_MAX 4096 /* records of a frozen copy: the newest */

struct recorder_config {
	int fd; /* a file that others do not write, grown to RECORDER_FILE_LEN; -1: memory alone */
	uint32_t slots; /* 0: RECORDER_SLOTS; other than that only with fd -1 */
	bool off;	/* writes nothing, for benches; reads as empty */
	const struct recorder_names *names;
};

/* loop and names are borrowed; fd is not kept. NULL: err says why. */
struct recorder *recorder_new(struct loop *loop, const struct recorder_config *cfg,
			      struct error *err);
void recorder_free(struct recorder *r); /* the descriptor's content stays; NULL is fine */
/* Who is a peer: others' notes share one room. Until it is set all are. */
void recorder_set_known(struct recorder *r, bool (*known)(void *ctx, const struct addr *a),
			void *ctx);

/* Cannot fail: what cannot be kept is counted as lost. NULL recorder: nothing. */
void recorder_note(struct recorder *r, const struct recorder_note *n);
/* A batch of packed notes of process ike; `lost` of them did not come. 0; -EBADMSG: something is no such
 * note (what came before it is kept). */
int recorder_take(struct recorder *r, struct view batch, uint32_t lost);

struct recorder_record {
	uint64_t seq, wall_ms, boot_ms;
	enum recorder_kind kind;
	enum recorder_id id;
	struct addr peer; /* unset: about none */
	uint32_t spi;
	const char *text; /* in the caller's buf */
};

/* The first record with at least that number (0: the oldest), of one peer (NULL: all). false: none.
 * Going on with seq + 1 is quick. */
bool recorder_get(const struct recorder *r, uint64_t from_seq, const struct addr *peer,
		  struct recorder_record *out, char *buf, size_t size);
/* The number that records from that moment on have at least. */
uint64_t recorder_seq_at(uint64_t boot_ms);

/* A copy of the newest RECORDER_FROZEN_MAX records of a peer since then, and of those that are about no
 * peer; oldest first. NULL: no memory. */
struct recorder_frozen *recorder_freeze(struct recorder *r, const struct addr *peer,
					uint64_t since_boot_ms);
bool recorder_frozen_get(const struct recorder_frozen *f, size_t index, struct recorder_record *out,
			 char *buf, size_t size);
void recorder_frozen_free(struct recorder_frozen *f);

struct recorder_stats {
	bool on;
	uint64_t written, replaced,
		lost; /* since start of this process; lost: never came, or no room */
	uint64_t records, peers, bytes, bytes_max;
	uint64_t oldest_wall_ms, oldest_boot_ms; /* 0: none */
	uint64_t survived;			 /* records that an earlier process had written */
};
void recorder_stats(const struct recorder *r, struct recorder_stats *out);

#endif
