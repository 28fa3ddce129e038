#include "lua/report/story.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "lua/report/packet.h"
#include "lua/report/stamp.h"

#define CLOCK_KNOWN_MS 100 /* a way there and back may take as long: below it nothing is known */

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* A number, or a number in a string, as JSON of YANG writes those of 64 bits. */
static bool number_of(const json_t *o, const char *key, uint64_t *out)
{
	const json_t *v = json_object_get(o, key);

	if (json_is_integer(v) && json_integer_value(v) >= 0) {
		*out = (uint64_t)json_integer_value(v);
		return true;
	}
	return json_is_string(v) && text_u64(json_string_value(v), 0, UINT64_MAX, out) == 0;
}

/* The same with a sign; beyond ten years it is nonsense, and 0. */
static int64_t signed_of(const json_t *o, const char *key)
{
	const int64_t most = 315360000000;
	const char *s = text_of(o, key);
	uint64_t n = 0;

	if (*s == '-' ? text_u64(s + 1, 0, (uint64_t)most, &n) != 0
		      : !number_of(o, key, &n) || n > (uint64_t)most)
		return 0;
	return *s == '-' ? -(int64_t)n : (int64_t)n;
}

/* An SPI as a number, in decimal, or in hexadecimal with 0x; 0: none. */
static uint32_t spi_of(const json_t *o, const char *key)
{
	const char *s = text_of(o, key);
	uint64_t n = 0;

	if (!number_of(o, key, &n) && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && s[2] &&
	    strspn(s + 2, "0123456789abcdefABCDEF") == strlen(s + 2) && strlen(s) <= 10)
		n = strtoull(s + 2, NULL, 16);
	return n <= UINT32_MAX ? (uint32_t)n : 0;
}

static int64_t time_of(const json_t *o, const char *key)
{
	int64_t ms;

	return stamp_parse(text_of(o, key), &ms, NULL) ? ms : STORY_UNKNOWN;
}

/* All that the answer tells is of the peer, whatever it calls itself. */
static enum story_end end_of(const json_t *o, enum story_end teller)
{
	return !strcmp(text_of(o, "end"), "peer") ? STORY_PEER : teller;
}

static enum story_kind kind_of(const char *text)
{
	static const char *const names[] = {"ike", "sa", "xfrm", "spi", "recovery"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i]))
			return (enum story_kind)i;
	return !strcmp(text, "system") ? STORY_SYSTEM : STORY_OTHER;
}

const char *story_kind_text(enum story_kind kind)
{
	static const char *const texts[STORY_KIND_COUNT] = {
		[STORY_IKE] = "ike",	       [STORY_SA] = "sa",
		[STORY_XFRM] = "kernel",       [STORY_SPI] = "detection",
		[STORY_RECOVERY] = "recovery", [STORY_DROP] = "refused",
		[STORY_SYSTEM] = "system",     [STORY_OTHER] = "note",
	};

	return texts[kind];
}

/* The list's members, of which the last `max` are taken: the first one's index; *left: how many went. */
static size_t first_taken(const json_t *list, size_t max, size_t *left)
{
	size_t n = json_array_size(list), skipped = n > max ? n - max : 0;

	*left += skipped;
	return skipped;
}

static void add_sas(struct story *s, const json_t *list, enum story_end teller)
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		struct story_sa sa = {
			.end = end_of(o, teller),
			.spi = spi_of(o, "spi"),
			.in = !strcmp(text_of(o, "direction"), "in"),
			.born_ms = time_of(o, "born"),
			.died_ms = time_of(o, "died"),
			.why = text_of(o, "why"),
			.author = text_of(o, "author"),
		};
		size_t at = 0;

		if (sa.spi == 0)
			continue;
		/* The router itself tells of it last: its word stands. */
		while (at < s->sas && (s->sa[at].end != sa.end || s->sa[at].spi != sa.spi ||
				       s->sa[at].in != sa.in))
			at++;
		if (at == STORY_SAS_MAX) {
			s->sas_left++;
			continue;
		}
		s->sa[at] = sa;
		s->sas += at == s->sas;
	}
}

static void add_marks(struct story *s, const json_t *list, enum story_end teller, size_t max)
{
	size_t n = json_array_size(list);

	for (size_t i = first_taken(list, max, &s->marks_left); i < n; i++) {
		const json_t *o = json_array_get(list, i);
		int64_t ms = time_of(o, "time");

		if (ms == STORY_UNKNOWN)
			continue;
		s->mark[s->marks++] = (struct story_mark){
			.ms = ms,
			.until_ms = ms,
			.end = end_of(o, teller),
			.kind = kind_of(text_of(o, "kind")),
			.spi = spi_of(o, "spi"),
			.count = 1,
			.text = text_of(o, "text"),
		};
	}
}

static void add_evidence(struct story *s, const json_t *list)
{
	size_t n = json_array_size(list);

	for (size_t i = 0; i < n; i++) {
		const json_t *o = json_array_get(list, i);

		if (s->evidences == STORY_EVIDENCE_MAX) {
			s->evidences_left = n - i;
			return;
		}
		s->evidence[s->evidences++] = (struct story_evidence){
			.ms = time_of(o, "time"),
			.end = end_of(o, STORY_LOCAL),
			.text = text_of(o, "text"),
		};
	}
}

static int add_packets(struct story *s, const json_t *list)
{
	size_t n = json_array_size(list),
	       first = first_taken(list, STORY_PACKETS_MAX, &s->packets_left);
	size_t room = (n - first) * STORY_PACKET_BYTES;

	s->bytes = alloc_zero(room);
	if (!s->bytes)
		return -1;
	for (size_t i = first; i < n; i++) {
		const json_t *o = json_array_get(list, i);
		struct story_packet p = {.ms = time_of(o, "time"), .at = s->bytes_len};

		p.len = packet_bytes(text_of(o, "data"), s->bytes + p.at, STORY_PACKET_BYTES);
		if (p.ms == STORY_UNKNOWN || p.len == 0)
			continue;
		packet_look(s->bytes + p.at, &p);
		s->bytes_len += p.len;
		s->packet[s->packets++] = p;
	}
	if (s->packet_count < s->packets)
		s->packet_count = s->packets;
	return 0;
}

/* Each refused packet is a mark; those that follow each other become one when the marks are in order. */
static void add_drops(struct story *s)
{
	for (size_t i = 0; i < s->packets; i++)
		s->mark[s->marks++] = (struct story_mark){
			.ms = s->packet[i].ms,
			.until_ms = s->packet[i].ms,
			.end = STORY_LOCAL,
			.kind = STORY_DROP,
			.spi = s->packet[i].spi,
			.count = 1,
			.text = "",
		};
}

static int by_time(const void *a, const void *b)
{
	const struct story_mark *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	if (x->end != y->end)
		return (int)x->end - (int)y->end;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return strcmp(x->text, y->text);
}

static void join_drops(struct story *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->marks; i++) {
		struct story_mark *last = kept ? &s->mark[kept - 1] : NULL, *m = &s->mark[i];

		if (last && m->kind == STORY_DROP && last->kind == STORY_DROP &&
		    last->spi == m->spi) {
			last->count++;
			last->until_ms = m->ms;
		} else {
			s->mark[kept++] = *m;
		}
	}
	s->marks = kept;
}

static int sa_by_time(const void *a, const void *b)
{
	const struct story_sa *x = a, *y = b;

	if (x->end != y->end)
		return (int)x->end - (int)y->end;
	if (x->born_ms != y->born_ms)
		return x->born_ms < y->born_ms ? -1 : 1;
	if (x->in != y->in)
		return x->in ? -1 : 1;
	return x->spi < y->spi ? -1 : x->spi > y->spi;
}

static struct story_router router_of(const json_t *o, const char *address)
{
	struct story_router r = {
		.hostname = text_of(o, "hostname"),
		.address = address,
		.zone = text_of(o, "zone"),
	};

	r.zone_known = stamp_zone(r.zone, &r.offset_minutes);
	return r;
}

/* A zone without an offset (Europe/Berlin) may still have one in that router's own time stamps. */
static void offset_from_times(struct story_router *r, const json_t *o)
{
	const json_t *record = json_array_get(json_object_get(o, "record"), 0);
	int64_t ms;

	if (!r->zone_known)
		r->zone_known = stamp_parse(text_of(o, "time"), &ms, &r->offset_minutes) ||
				stamp_parse(text_of(record, "time"), &ms, &r->offset_minutes);
}

static void set_heads(struct story *s, const json_t *in, const json_t *answer)
{
	const json_t *recovery = json_object_get(in, "recovery");

	s->id = text_of(in, "id");
	s->role = text_of(in, "role");
	s->connection = text_of(in, "connection");
	s->protocol = text_of(in, "protocol");
	s->verdict = text_of(in, "verdict");
	s->cause = text_of(in, "cause");
	s->words = text_of(in, "words");
	s->spi = spi_of(in, "spi");
	number_of(in, "packets", &s->packet_count);
	s->time_ms = time_of(in, "time");
	s->first_ms = time_of(in, "first");
	s->last_ms = time_of(in, "last");
	s->recovery = json_is_object(recovery);
	s->row = text_of(recovery, "row");
	s->act = text_of(recovery, "act");
	s->result = text_of(recovery, "result");
	s->recovery_words = text_of(recovery, "words");
	s->took_known = number_of(recovery, "took-ms", &s->took_ms);
	s->answered = json_is_object(answer);
	s->answer_absent = text_of(in, "answer-absent");
	s->answer_verdict = text_of(answer, "verdict");
	s->answer_cause = text_of(answer, "cause");
	s->answer_words = text_of(answer, "words");
	s->clock_ahead_ms = signed_of(answer, "clock-ahead");
	if (llabs(s->clock_ahead_ms) < CLOCK_KNOWN_MS)
		s->clock_ahead_ms = 0;
	s->router[STORY_LOCAL] = router_of(in, text_of(in, "local"));
	s->router[STORY_PEER] = router_of(answer, text_of(in, "peer"));
	offset_from_times(&s->router[STORY_LOCAL], in);
	offset_from_times(&s->router[STORY_PEER], answer);
}

static int set_lists(struct story *s, const json_t *in, const json_t *answer)
{
	s->sa = alloc_array(STORY_SAS_MAX, sizeof(*s->sa));
	s->mark = alloc_array(2 * STORY_MARKS_MAX + STORY_PACKETS_MAX, sizeof(*s->mark));
	s->evidence = alloc_array(STORY_EVIDENCE_MAX, sizeof(*s->evidence));
	s->packet = alloc_array(STORY_PACKETS_MAX, sizeof(*s->packet));
	if (!s->sa || !s->mark || !s->evidence || !s->packet)
		return -1;
	if (add_packets(s, json_object_get(in, "packet")))
		return -1;
	add_sas(s, json_object_get(in, "sa"), STORY_LOCAL);
	add_sas(s, json_object_get(answer, "sa"), STORY_PEER);
	add_marks(s, json_object_get(in, "record"), STORY_LOCAL, STORY_MARKS_MAX);
	add_marks(s, json_object_get(answer, "record"), STORY_PEER, STORY_MARKS_MAX);
	add_evidence(s, json_object_get(in, "evidence"));
	add_drops(s);
	qsort(s->mark, s->marks, sizeof(*s->mark), by_time);
	join_drops(s);
	qsort(s->sa, s->sas, sizeof(*s->sa), sa_by_time);
	return 0;
}

struct story *story_new(const json_t *incident)
{
	struct story *s = alloc_zero(sizeof(*s));
	const json_t *answer = json_object_get(incident, "answer");

	if (!s)
		return NULL;
	set_heads(s, incident, answer);
	if (set_lists(s, incident, answer)) {
		story_free(s);
		return NULL;
	}
	return s;
}

void story_free(struct story *s)
{
	if (!s)
		return;
	alloc_free(s->sa);
	alloc_free(s->mark);
	alloc_free(s->evidence);
	alloc_free(s->packet);
	alloc_free(s->bytes);
	alloc_free(s);
}
