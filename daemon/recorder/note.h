/*
 * recorder/note: one thing that happened, as a number of a table and its arguments: packed into a few
 * dozen bytes when it happens, put into words only when somebody reads it.
 *
 * There is no way to put a key into a note: it has numbers, addresses, a short text and a list of payload
 * types. Links against base alone, so that the ike process can pack its own.
 */
#ifndef RECORDER_NOTE_H
#define RECORDER_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/reader.h"

enum recorder_kind {
	RECORDER_IKE,
	RECORDER_SA,
	RECORDER_XFRM,
	RECORDER_SPI,
	RECORDER_RECOVERY,
	RECORDER_SYSTEM, /* processes and commits: about no peer, or all */
	RECORDER_KIND_COUNT,
};

const char *recorder_kind_text(enum recorder_kind kind); /* "ike", "sa" … */

/* What can happen. The words stand in note.c, a row each. */
enum recorder_id {
	/* process ike */
	RECORD_IKE_SENT,
	RECORD_IKE_RECEIVED,
	RECORD_IKE_AGAIN,
	RECORD_IKE_ANSWERED_AGAIN,
	RECORD_IKE_NO_ANSWER,
	RECORD_IKE_BEGUN,
	RECORD_IKE_CLOSING,
	RECORD_IKE_CHILD_BEGUN,
	RECORD_IKE_MALFORMED,
	RECORD_IKE_UNEXPECTED,
	RECORD_IKE_UNKNOWN,
	RECORD_IKE_LOST,
	RECORD_IKE_LAST = RECORD_IKE_LOST, /* what process ike may send ends here */
	/* router: what the engine told it */
	RECORD_IKE_UP,
	RECORD_IKE_REKEYED,
	RECORD_IKE_DOWN,
	RECORD_CHILD_REKEYED,
	RECORD_CHILD_DOWN,
	RECORD_PEER_NOTIFY,
	RECORD_SA_UP,
	RECORD_SA_LOST,
	RECORD_SA_GONE,
	RECORD_SA_AWAY,
	RECORD_XFRM_NEW,
	RECORD_XFRM_CHANGED,
	RECORD_XFRM_GONE,
	RECORD_XFRM_SOFT,
	RECORD_XFRM_ACQUIRE,
	RECORD_XFRM_MAPPING,
	RECORD_XFRM_POLICY_NEW,
	RECORD_XFRM_POLICY_GONE,
	RECORD_SPI_SEEN,
	RECORD_SPI_ONCE_OURS,
	RECORD_SPI_PERSISTENT,
	RECORD_DECISION,
	RECORD_RECOVERY_RESULT,
	RECORD_ROUTER_STARTED,
	RECORD_PROCESS_DIED,
	RECORD_ENGINE_UP,
	RECORD_ENGINE_DOWN,
	RECORD_COMMIT,
	RECORD_ID_COUNT,
};

#define RECORDER_NUMBERS  6
#define RECORDER_ARGS_MAX 88 /* packed arguments of one note */
#define RECORDER_TEXT_MAX 240

struct recorder_note {
	enum recorder_id id;
	const struct addr *peer; /* NULL: about no peer */
	uint32_t spi;		 /* of ESP or AH, inbound where there is a pair; 0 = none */
	/* Anybody's packet leads to it: it is kept apart, so that it pushes out nobody's minutes. */
	bool stranger;
	uint64_t boot_ms; /* CLOCK_BOOTTIME; 0: now */
	uint64_t n[RECORDER_NUMBERS];
	const struct addr *addr; /* a second address, where the row has one */
	const char *text;	 /* cut to what fits */
	struct view bytes;	 /* a payload list (recorder_payload()), cut likewise */
};

/* Rows' numbers in words: main, which sees the rooms that know them, hands these in. NULL, or an answer
 * of NULL: the number is printed. */
struct recorder_names {
	const char *(*reason)(uint64_t v);   /* enum engine_reason */
	const char *(*death)(uint64_t v);    /* enum sa_death */
	const char *(*gone)(uint64_t v);     /* enum xfrm_gone */
	const char *(*verdict)(uint64_t v);  /* enum spi_verdict */
	const char *(*row)(uint64_t v);	     /* enum recovery_row */
	const char *(*act)(uint64_t v);	     /* enum recovery_act */
	const char *(*result)(uint64_t v);   /* enum recovery_result */
	const char *(*exchange)(uint64_t v); /* of IKE */
	const char *(*payload)(uint64_t v);
	const char *(*notify)(uint64_t v);
};

enum recorder_kind recorder_id_kind(enum recorder_id id);

/* One payload of a message, appended to a list. notify: of a notify its type; spis: of a notify, a DELETE
 * or an SA the SPIs it names. What does not fit is left out, and `…` says so. */
struct recorder_payload {
	uint8_t type;
	uint16_t notify;
	const uint32_t *spis;
	size_t spi_count;
};

struct recorder_payloads {
	uint8_t bytes[56]; /* beside the longest numbers of a message there is so much room */
	size_t len;
	bool cut;
};
void recorder_payload(struct recorder_payloads *l, const struct recorder_payload *p);
struct view recorder_payloads_view(const struct recorder_payloads *l);

/* The arguments alone, at most RECORDER_ARGS_MAX bytes: how many. */
size_t recorder_args_pack(const struct recorder_note *n, uint8_t out[RECORDER_ARGS_MAX]);
/* Are these arguments of that row, whole and no more? What came from another process is asked. */
bool recorder_args_fit(enum recorder_id id, struct view args);
/* In words, one line, printable; NUL-terminated, cut where it does not fit. Returns buf. */
const char *recorder_args_format(enum recorder_id id, struct view args,
				 const struct recorder_names *names, char *buf, size_t size);

/* A whole note, for the way from process ike. pack: length, 0 = no room in `size`. read: false: what is
 * there is no note, or none that process ike may send; *rest moves on. */
#define RECORDER_PACKED_MAX (RECORDER_ARGS_MAX + 40)
size_t recorder_note_pack(const struct recorder_note *n, uint8_t *out, size_t size);
struct recorder_packed {
	enum recorder_id id;
	struct addr peer;
	uint32_t spi;
	bool stranger;
	uint64_t boot_ms;
	struct view args; /* borrows what it was read from */
};
bool recorder_note_read(struct reader *r, struct recorder_packed *out);

#endif
