/*
 * report/story: an incident's JSON (of this daemon, of a peer, of a file: hostile in any case) as plain
 * data, bounded and in order of time, for the page and the letter. A member that is missing or of
 * another type is unknown, never an error. Pure; texts are borrowed from the JSON.
 */
#ifndef LUA_REPORT_STORY_H
#define LUA_REPORT_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define STORY_UNKNOWN	   INT64_MIN /* of a point in time */
#define STORY_SAS_MAX	   200
#define STORY_MARKS_MAX	   1500
#define STORY_PACKETS_MAX  1000
#define STORY_EVIDENCE_MAX 50
#define STORY_PACKET_BYTES 2048

enum story_end { STORY_LOCAL, STORY_PEER };

enum story_kind {
	STORY_IKE,
	STORY_SA,
	STORY_XFRM,
	STORY_SPI,
	STORY_RECOVERY,
	STORY_DROP,   /* packets that were refused, `count` of them one after another */
	STORY_SYSTEM, /* starts, commits */
	STORY_OTHER,
	STORY_KIND_COUNT,
};

struct story_sa {
	enum story_end end;
	uint32_t spi;
	bool in;		  /* it decrypts */
	int64_t born_ms, died_ms; /* STORY_UNKNOWN: not told; died: it lives */
	const char *why, *author; /* of its death; "" */
};

struct story_mark {
	int64_t ms, until_ms; /* until: of the last of several */
	enum story_end end;
	enum story_kind kind;
	uint32_t spi; /* 0: none */
	uint64_t count;
	const char *text; /* "" of a drop */
};

struct story_evidence {
	int64_t ms; /* STORY_UNKNOWN: of no moment */
	enum story_end end;
	const char *text;
};

struct story_packet {
	int64_t ms;
	size_t at, len, whole; /* its bytes, in struct story's bytes; its length on the wire */
	char source[46], target[46]; /* "" where the outer header cannot be read */
	uint32_t spi, seq;	     /* 0 where not there */
	uint8_t protocol;
};

/* One end. Texts are never NULL; zone_known: offset_minutes is that end's, from its words or its times. */
struct story_router {
	const char *hostname, *address, *zone;
	int offset_minutes;
	bool zone_known;
};

struct story {
	const char *id, *role, *connection, *protocol, *verdict, *cause, *words;
	struct story_router router[2]; /* by enum story_end */
	uint32_t spi;
	uint64_t packet_count; /* refused, by the counter; never less than those that were kept */
	int64_t time_ms, first_ms, last_ms;

	const char *act, *result, *row, *recovery_words;
	uint64_t took_ms;
	bool recovery, took_known;

	bool answered; /* the peer's words are there */
	const char *answer_absent, *answer_verdict, *answer_cause, *answer_words;
	int64_t clock_ahead_ms; /* the peer's clock against ours, 0 if too small to be measured; its times are by ours */

	struct story_sa *sa;
	struct story_mark *mark; /* both ends, by time; runs of refused packets are one */
	struct story_evidence *evidence;
	struct story_packet *packet;
	uint8_t *bytes;
	size_t sas, marks, evidences, packets;
	size_t sas_left, marks_left, evidences_left, packets_left; /* that were too many */
	size_t bytes_len;
};

/* NULL: no memory. The incident must outlive it. */
struct story *story_new(const json_t *incident);
void story_free(struct story *s);

/* "ike", "refused", … for people. */
const char *story_kind_text(enum story_kind kind);

#endif
