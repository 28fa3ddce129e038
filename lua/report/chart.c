#include "lua/report/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lua/report/plain.h"
#include "lua/report/stamp.h"

#define ROW	  24   /* pixels a row */
#define BAR	  16   /* of them the bar */
#define AXIS	  22   /* the line of times */
#define LEAST_MS  2000 /* the shortest time that is shown */
#define POSITIONS 500  /* marks nearer to each other than this part of the width are one */
#define BARS_MAX  24   /* an end: those that lived last */

struct chart {
	struct text *out;
	const struct story *s;
	int64_t from_ms, to_ms;
	int offset, y;
};

static void widen(struct chart *c, int64_t ms)
{
	if (ms == STORY_UNKNOWN)
		return;
	if (c->from_ms == STORY_UNKNOWN || ms < c->from_ms)
		c->from_ms = ms;
	if (c->to_ms == STORY_UNKNOWN || ms > c->to_ms)
		c->to_ms = ms;
}

/*
 * The time that is shown: all marks, the packets, and the ends of SAs; SAs may begin long before it.
 * Where nothing but SAs is known, their births.
 */
static bool find_span(struct chart *c)
{
	const struct story *s = c->s;
	int64_t margin;

	c->from_ms = c->to_ms = STORY_UNKNOWN;
	for (size_t i = 0; i < s->marks; i++) {
		widen(c, s->mark[i].ms);
		widen(c, s->mark[i].until_ms);
	}
	widen(c, s->first_ms);
	widen(c, s->last_ms);
	for (size_t i = 0; i < s->sas; i++)
		if (c->from_ms == STORY_UNKNOWN || s->sa[i].died_ms > c->from_ms - 600000)
			widen(c, s->sa[i].died_ms);
	for (size_t i = 0; i < s->sas && c->from_ms == STORY_UNKNOWN; i++)
		widen(c, s->sa[i].born_ms);
	if (c->from_ms == STORY_UNKNOWN)
		return false;
	margin = (c->to_ms - c->from_ms) / 40;
	if (margin < LEAST_MS / 2)
		margin = LEAST_MS / 2;
	c->from_ms -= margin;
	c->to_ms += margin;
	return true;
}

/* Tenths of a percent from the left, 0 to 1000. */
static int place(const struct chart *c, int64_t ms)
{
	if (ms == STORY_UNKNOWN || ms <= c->from_ms)
		return 0;
	if (ms >= c->to_ms)
		return 1000;
	return (int)((double)(ms - c->from_ms) * 1000 / (double)(c->to_ms - c->from_ms));
}

static void percent(struct chart *c, const char *name, int tenths)
{
	text_addf(c->out, " %s=\"%d.%d%%\"", name, tenths / 10, tenths % 10);
}

/* A text that begins at a place, or ends there. */
static void label(struct chart *c, bool ends, int x, int y, const char *text)
{
	text_addf(c->out, "<text y=\"%d\" dx=\"%d\" text-anchor=\"%s\"", y, ends ? -4 : 4,
		  ends ? "end" : "start");
	percent(c, "x", x);
	text_add(c->out, ">");
	plain_add(c->out, PLAIN_HTML, text);
	text_add(c->out, "</text>");
}

static void write_axis(struct chart *c)
{
	bool fine = c->to_ms - c->from_ms < 20000;
	char buf[STAMP_SIZE];

	for (int i = 0; i <= 2; i++) {
		int64_t ms = c->from_ms + (c->to_ms - c->from_ms) / 2 * i;
		const char *anchor = i == 0 ? "start" : i == 1 ? "middle" : "end";

		stamp_clock(ms, c->offset, buf);
		if (!fine)
			buf[8] = 0;
		text_addf(c->out,
			  "<text class=\"axis\" x=\"%d%%\" y=\"14\" text-anchor=\"%s\">%s</text>",
			  i * 50, anchor, buf);
	}
	c->y = AXIS;
}

static void title(struct chart *c, const char *text)
{
	text_add(c->out, "<title>");
	plain_add(c->out, PLAIN_HTML, text);
	text_add(c->out, "</title>");
}

static void sa_title(struct chart *c, const struct story_sa *sa)
{
	char buf[400], born[STAMP_SIZE], died[STAMP_SIZE];

	snprintf(buf, sizeof(buf), "%s 0x%08x, made %s, ended %s %.100s", sa->in ? "in" : "out",
		 sa->spi,
		 sa->born_ms == STORY_UNKNOWN ? "?" : stamp_date(sa->born_ms, c->offset, born),
		 sa->died_ms == STORY_UNKNOWN ? "?" : stamp_date(sa->died_ms, c->offset, died),
		 sa->why);
	title(c, buf);
}

static void write_bar(struct chart *c, const struct story_sa *sa)
{
	int x = place(c, sa->born_ms),
	    to = sa->died_ms == STORY_UNKNOWN ? 1000 : place(c, sa->died_ms);
	bool bad = sa->spi == c->s->spi;
	char text[80];

	if (to < x + 4)
		to = x + 4;
	text_addf(c->out, "<g><rect class=\"sa %s%s\" y=\"%d\" height=\"%d\" rx=\"3\"",
		  sa->in ? "in" : "out", bad ? " bad" : "", c->y + (ROW - BAR) / 2, BAR);
	percent(c, "x", x);
	percent(c, "width", to - x);
	text_add(c->out, ">");
	sa_title(c, sa);
	text_add(c->out, "</rect>");
	snprintf(text, sizeof(text), "%s%s 0x%08x%s",
		 sa->born_ms < c->from_ms ? "\342\200\271 " : "", sa->in ? "in" : "out", sa->spi,
		 sa->died_ms == STORY_UNKNOWN ? "" : " \342\234\225");
	/* In the right half it stands before the bar, or ends with it where that is long. */
	label(c, x >= 500, x < 500 || to - x < 400 ? x : to, c->y + 16, text);
	text_add(c->out, "</g>");
	c->y += ROW;
}

/* Small marks on one row; many at one place are drawn once. */
static void write_dots(struct chart *c, enum story_end end, bool drops)
{
	bool drawn[POSITIONS + 1] = {false};
	size_t shown = 0;

	for (size_t i = 0; i < c->s->marks; i++) {
		const struct story_mark *m = &c->s->mark[i];
		int from = place(c, m->ms), to = place(c, m->until_ms);

		if (m->end != end || (m->kind == STORY_DROP) != drops ||
		    (drawn[from * POSITIONS / 1000] && from == to))
			continue;
		drawn[from * POSITIONS / 1000] = true;
		shown++;
		text_addf(c->out, "<rect class=\"k%d\" y=\"%d\" height=\"%d\" rx=\"2\"",
			  (int)m->kind, c->y + 6, ROW - 12);
		percent(c, "x", from);
		if (to - from > 8)
			percent(c, "width", to - from);
		else
			text_add(c->out, " width=\"4\"");
		text_add(c->out, "><title>");
		plain_add(c->out, PLAIN_HTML, drops ? "refused packets" : m->text);
		text_add(c->out, "</title></rect>");
	}
	if (shown)
		c->y += ROW;
}

static void lane_name(struct chart *c, enum story_end end)
{
	const struct story_router *r = &c->s->router[end];
	char text[200];

	snprintf(text, sizeof(text), "%.60s%s%.46s", r->hostname, *r->hostname ? "  " : "",
		 r->address);
	text_addf(c->out, "<text class=\"lane\" x=\"0\" y=\"%d\">", c->y + 17);
	plain_add(c->out, PLAIN_HTML, *text ? text : end == STORY_PEER ? "peer" : "here");
	text_add(c->out, "</text>");
	c->y += ROW;
}

static bool within(const struct chart *c, const struct story_sa *sa)
{
	return (sa->died_ms == STORY_UNKNOWN || sa->died_ms >= c->from_ms) &&
	       sa->born_ms <= c->to_ms;
}

static void write_lane(struct chart *c, enum story_end end)
{
	size_t count = 0;

	lane_name(c, end);
	for (size_t i = 0; i < c->s->sas; i++)
		count += c->s->sa[i].end == end && within(c, &c->s->sa[i]);
	for (size_t i = 0; i < c->s->sas; i++)
		if (c->s->sa[i].end == end && within(c, &c->s->sa[i]) && count-- <= BARS_MAX)
			write_bar(c, &c->s->sa[i]);
	write_dots(c, end, false);
	write_dots(c, end, true);
	c->y += ROW / 3;
}

/* The first refused packet, through both lanes. */
static void write_fault(struct chart *c, int height)
{
	int x = place(c, c->s->first_ms);

	if (c->s->first_ms == STORY_UNKNOWN)
		return;
	text_addf(c->out, "<line class=\"fault\" y1=\"%d\" y2=\"%d\"", AXIS, height);
	percent(c, "x1", x);
	percent(c, "x2", x);
	text_add(c->out, "/>");
}

bool chart_write(struct text *out, const struct story *s, int offset_minutes)
{
	struct text body;
	struct chart c = {.out = &body, .s = s, .offset = offset_minutes};

	if (!find_span(&c))
		return false;
	text_init(&body, 0);
	write_axis(&c);
	write_lane(&c, STORY_LOCAL);
	write_lane(&c, STORY_PEER);
	write_fault(&c, c.y);
	text_addf(
		out,
		"<svg width=\"100%%\" height=\"%d\" role=\"img\" aria-label=\"SAs of both ends over time\">",
		c.y);
	text_add_n(out, text_str(&body), body.len);
	text_add(out, "</svg>\n");
	if (body.failed)
		out->failed = true;
	text_free(&body);
	return true;
}
