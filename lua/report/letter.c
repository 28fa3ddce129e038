#include "lua/report/letter.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lua/report/advice.h"
#include "lua/report/plain.h"
#include "lua/report/stamp.h"

#define COLUMNS	      72
#define PARAGRAPH_MAX 4000
#define SAID_MAX      1000 /* of a stranger's text in a sentence */

struct letter {
	struct text *out;
	const struct story *s;
	int offset;	  /* theirs */
	int64_t ahead_ms; /* their clock against ours */
};

static const char *they(const struct letter *l)
{
	const char *name = l->s->router[STORY_PEER].address;

	return *name ? name : "your router";
}

static bool is_start(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The length in bytes and in characters of the word at `w`, which is cut at `room` characters. */
static size_t word(const char *w, size_t room, size_t *columns)
{
	size_t n = 0;

	for (*columns = 0; w[n] && w[n] != ' '; n++) {
		if (is_start(w[n]) && *columns == room)
			break;
		*columns += is_start(w[n]);
	}
	return n;
}

/* Folds what is clean already into lines, the first with `first` before it, the others indented alike. */
static void fold(struct text *out, const char *first, const char *text)
{
	size_t indent = strlen(first), at = indent;
	bool fresh = true;

	text_add(out, first);
	for (const char *w = text + strspn(text, " "); *w; w += strspn(w, " ")) {
		size_t columns, n = word(w, COLUMNS - indent, &columns);

		if (!fresh && at + 1 + columns > COLUMNS) {
			text_addf(out, "\n%*s", (int)indent, "");
			at = indent;
			fresh = true;
		}
		text_add(out, fresh ? "" : " ");
		text_add_n(out, w, n);
		at += columns + !fresh;
		fresh = false;
		w += n;
	}
	text_add(out, "\n");
}

/* One paragraph; what comes of strangers in it is cleaned like the rest. */
static void say(struct letter *l, const char *first, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void say(struct letter *l, const char *first, const char *fmt, ...)
{
	char raw[PARAGRAPH_MAX];
	struct text clean;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	text_init(&clean, 0);
	plain_add(&clean, PLAIN_TEXT, raw);
	fold(l->out, first, text_str(&clean));
	if (clean.failed)
		l->out->failed = true;
	text_free(&clean);
}

static void heading(struct letter *l, const char *text)
{
	text_addf(l->out, "\n%s\n\n", text);
}

static const char *date(const struct letter *l, int64_t ms, char buf[STAMP_SIZE])
{
	if (ms == STORY_UNKNOWN)
		return "at an unknown time";
	return stamp_date(ms + l->ahead_ms, l->offset, buf);
}

/* "R1 (10.1.1.1)". */
static const char *named(const struct story_router *r, char *buf, size_t size)
{
	if (*r->hostname && *r->address)
		snprintf(buf, size, "%.100s (%.60s)", r->hostname, r->address);
	else
		snprintf(buf, size, "%.100s",
			 *r->hostname  ? r->hostname
			 : *r->address ? r->address
				       : "an unnamed router");
	return buf;
}

static void write_head(struct letter *l)
{
	const struct story *s = l->s;
	const struct story_router *us = &s->router[STORY_LOCAL], *you = &s->router[STORY_PEER];
	char ours[200], yours[200], zone[STAMP_SIZE];
	struct text subject;

	text_init(&subject, 0);
	text_add(&subject, "Subject: IPsec out of step between ");
	plain_add(&subject, PLAIN_TEXT, *us->address ? us->address : "us");
	text_add(&subject, " and ");
	plain_add(&subject, PLAIN_TEXT, *you->address ? you->address : "you");
	text_add(&subject, ", event ");
	plain_add(&subject, PLAIN_TEXT, s->id);
	text_addf(l->out, "%.300s\n\n", text_str(&subject));
	if (subject.failed)
		l->out->failed = true;
	text_free(&subject);
	say(l, "", "To the operator of %s,", named(you, yours, sizeof(yours)));
	say(l, "", "from the operator of %s.", named(us, ours, sizeof(ours)));
	text_add(l->out, "\n");
	if (you->zone_known)
		say(l, "", "All times are those of your router's clock and time zone, %s.",
		    stamp_offset(l->offset, zone));
	else
		say(l, "", "All times are UTC, as your router's time zone is not known here.");
}

static void write_words(struct letter *l)
{
	const struct story *s = l->s;
	const struct advice *a = advice_of(s->cause);

	heading(l, "WHAT HAPPENED");
	say(l, "  ", "%s.", a->title);
	if (*s->words)
		say(l, "  ", "%.*s", SAID_MAX, s->words);
	say(l, "  ", "%s", a->means);
}

/* Between the first and the last one, as far as those are known. */
static void write_when(struct letter *l)
{
	char first[STAMP_SIZE], last[STAMP_SIZE];

	if (l->s->first_ms == STORY_UNKNOWN)
		return;
	say(l, "  ", "The first one came %s.", date(l, l->s->first_ms, first));
	if (l->s->last_ms != STORY_UNKNOWN && l->s->last_ms != l->s->first_ms)
		say(l, "  ", "The last one so far came %s.", date(l, l->s->last_ms, last));
}

static void write_seen(struct letter *l)
{
	const struct story *s = l->s;
	const char *protocol = !strcmp(s->protocol, "ah") ? "AH" : "ESP";

	heading(l, "WHAT WAS SEEN");
	if (!strcmp(s->role, "peer"))
		say(l, "  ",
		    "Your router %.60s told ours that it refused %s packets of ours: it has no SA "
		    "with SPI 0x%08x (%u), which is an inbound SA of yours.",
		    they(l), protocol, s->spi, s->spi);
	else
		say(l, "  ",
		    "We refused %" PRIu64 " %s packet%s from %.60s: we have no SA with SPI 0x%08x "
		    "(%u). In your router that is an outbound SA towards %.60s.",
		    s->packet_count, protocol, s->packet_count == 1 ? "" : "s", they(l), s->spi,
		    s->spi,
		    *s->router[STORY_LOCAL].address ? s->router[STORY_LOCAL].address : "us");
	write_when(l);
}

static void write_sa(struct letter *l, const struct story_sa *sa)
{
	char born[STAMP_SIZE], died[STAMP_SIZE], head[40];

	snprintf(head, sizeof(head), "  %-3s 0x%08x  ", sa->in ? "in" : "out", sa->spi);
	say(l, head, "made %s", date(l, sa->born_ms, born));
	if (sa->died_ms == STORY_UNKNOWN && !*sa->why)
		say(l, "                  ", "in use");
	else
		say(l, "                  ", "ended %s%s%.100s%s%.100s", date(l, sa->died_ms, died),
		    *sa->why ? ": " : "", sa->why, *sa->author ? ", by " : "", sa->author);
}

static void write_sas(struct letter *l, enum story_end end, const char *title, const char *none)
{
	size_t shown = 0;

	heading(l, title);
	for (size_t i = 0; i < l->s->sas; i++)
		if (l->s->sa[i].end == end) {
			write_sa(l, &l->s->sa[i]);
			shown++;
		}
	if (shown == 0)
		say(l, "  ", "%s", none);
}

static void write_evidence(struct letter *l)
{
	const struct story *s = l->s;

	heading(l, "WHAT THIS IS CONCLUDED FROM");
	for (size_t i = 0; i < s->evidences; i++) {
		const struct story_evidence *e = &s->evidence[i];
		const char *teller = e->end == STORY_PEER ? "your router says" : "our router says";
		char when[STAMP_SIZE], head[16];

		snprintf(head, sizeof(head), "  %2d. ", (int)i + 1);
		if (e->ms == STORY_UNKNOWN)
			say(l, head, "%s: %.*s", teller, SAID_MAX, e->text);
		else
			say(l, head, "%s, %s: %.*s", date(l, e->ms, when), teller, SAID_MAX,
			    e->text);
	}
	if (s->evidences == 0)
		say(l, "  ", "Nothing beyond the packets.");
	if (s->answered && *s->answer_words)
		say(l, "  ", "Your router's own finding: %.*s", SAID_MAX, s->answer_words);
	if (!s->answered)
		say(l, "  ", "We have not heard your router's side%s%.200s.",
		    *s->answer_absent ? ": " : "", s->answer_absent);
}

static void write_look(struct letter *l)
{
	const struct advice *a = advice_of(l->s->cause);
	size_t n = 0;

	heading(l, "WHAT YOU COULD LOOK AT");
	for (; a->look[n]; n++) {
		char head[16];

		snprintf(head, sizeof(head), "  %2d. ", (int)n + 1);
		say(l, head, "%s", a->look[n]);
	}
	text_add(l->out, "\n");
	say(l, "  ", "The SA of the packets, on a router and on Linux:");
	say(l, "    ", "show crypto ipsec sa peer %.60s", l->s->router[STORY_LOCAL].address);
	say(l, "    ", "ip -s xfrm state list spi 0x%08x", l->s->spi);
}

static void write_done(struct letter *l)
{
	const struct story *s = l->s;
	char took[STAMP_SIZE];

	heading(l, "WHAT WE DID");
	if (!s->recovery)
		say(l, "  ", "Nothing by ourselves.");
	else
		say(l, "  ", "Our router's recovery: %.200s; result: %.200s%s%s.",
		    *s->act ? s->act : "no action", *s->result ? s->result : "not known yet",
		    s->took_known ? ", after " : "",
		    s->took_known ? stamp_span((int64_t)(s->took_ms & INT64_MAX), took) : "");
	if (*s->recovery_words)
		say(l, "  ", "%.*s", SAID_MAX, s->recovery_words);
	heading(l, "ENCLOSED");
	if (s->packets > 0)
		say(l, "  ", "packets.pcapng: the first bytes of %d of the packets",
		    (int)s->packets);
	say(l, "  ", "report.html: the same with both routers side by side, for a browser");
	say(l, "  ", "incident.json: all of it, for a program");
	text_add(l->out, "\n");
	say(l, "", "Please name the event %.100s in your answer.", s->id);
}

void letter_write(struct text *out, const struct story *s)
{
	const struct story_router *you = &s->router[STORY_PEER];
	struct letter l = {.out = out,
			   .s = s,
			   .offset = you->zone_known ? you->offset_minutes : 0,
			   .ahead_ms = s->clock_ahead_ms};

	write_head(&l);
	write_words(&l);
	write_seen(&l);
	write_sas(&l, STORY_PEER, "THE SAs AT YOUR END",
		  "Your router has not told us; please look for the SPI above.");
	write_sas(&l, STORY_LOCAL, "THE SAs AT OUR END", "None is on record.");
	write_evidence(&l);
	write_look(&l);
	write_done(&l);
}
