#include "lua/report/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lua/report/advice.h"
#include "lua/report/chart.h"
#include "lua/report/plain.h"
#include "lua/report/stamp.h"

#define ROWS_MAX 60 /* of the table of packets */

struct page {
	struct text *out;
	const struct story *s;
	int offset; /* ours */
};

static void raw(struct page *p, const char *html)
{
	text_add(p->out, html);
}

static void put(struct page *p, const char *text)
{
	plain_add(p->out, PLAIN_HTML, text);
}

/* <tag>text</tag>; attributes belong to `open`. */
static void put_in(struct page *p, const char *open, const char *text, const char *close)
{
	raw(p, open);
	put(p, text);
	raw(p, close);
}

static void put_spi(struct page *p, uint32_t spi)
{
	text_addf(p->out, "<code>0x%08x</code>", spi);
}

/* What the router is called in headings: its name, else its address. */
static const char *called(const struct page *p, enum story_end end)
{
	const struct story_router *r = &p->s->router[end];

	return *r->hostname	   ? r->hostname
	       : *r->address	   ? r->address
	       : end == STORY_PEER ? "the peer"
				   : "this router";
}

static const char *date(const struct page *p, int64_t ms, char buf[STAMP_SIZE])
{
	return ms == STORY_UNKNOWN ? "" : stamp_date(ms, p->offset, buf);
}

static void write_head(struct page *p)
{
	raw(p,
	    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '");
	raw(p, page_style_hash());
	raw(p, "'; base-uri 'none'; form-action 'none'\">\n"
	       "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	       "<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	put(p, p->s->id);
	raw(p, ": ");
	put(p, advice_of(p->s->cause)->title);
	raw(p, "</title>\n<style>");
	raw(p, page_style());
	raw(p, "</style>\n</head>\n<body>\n");
}

static void tag(struct page *p, const char *class, const char *name, const char *value)
{
	if (!*value)
		return;
	text_addf(p->out, "<li class=\"%s\">%s: ", class, name);
	put(p, value);
	raw(p, "</li>");
}

static void write_tags(struct page *p)
{
	const struct story *s = p->s;

	raw(p, "<ul class=\"tags\">");
	tag(p, "hot", "cause", s->cause);
	tag(p, "", "verdict", s->verdict);
	tag(p, "", "recovery", s->recovery ? (*s->result ? s->result : s->act) : "none");
	tag(p, "", "peer's verdict", s->answer_verdict);
	tag(p, "", "peer's cause", s->answer_cause);
	raw(p, "</ul>\n");
}

static void write_title(struct page *p)
{
	const struct story *s = p->s;
	const struct advice *a = advice_of(s->cause);
	bool there = !strcmp(s->role, "peer");

	raw(p, "<header><p class=\"over\">Incident ");
	put(p, s->id);
	put_in(p, "</p><h1>", a->title, "</h1>\n");
	if (*s->words)
		put_in(p, "<p class=\"words\">", s->words, "</p>\n");
	raw(p, "<p>");
	put(p, called(p, there ? STORY_PEER : STORY_LOCAL));
	text_addf(p->out, " refused %" PRIu64 " packet%s from ", s->packet_count,
		  s->packet_count == 1 ? "" : "s");
	put(p, called(p, there ? STORY_LOCAL : STORY_PEER));
	raw(p, " with SPI ");
	put_spi(p, s->spi);
	raw(p, ", which it does not have. ");
	put(p, a->means);
	raw(p, "</p>\n");
	write_tags(p);
	raw(p, "</header>\n");
}

static void fact(struct page *p, const char *name, const char *value)
{
	if (!*value)
		return;
	text_addf(p->out, "<dt>%s</dt>", name);
	put_in(p, "<dd>", value, "</dd>");
}

static void end_fact(struct page *p, const char *name, enum story_end end)
{
	const struct story_router *r = &p->s->router[end];

	text_addf(p->out, "<dt>%s</dt><dd>", name);
	put(p, r->hostname);
	raw(p, *r->hostname ? " " : "");
	put_in(p, "<code>", r->address, "</code>");
	if (*r->zone)
		put_in(p, " <span class=\"soft\">", r->zone, "</span>");
	raw(p, "</dd>");
}

static void recovery_fact(struct page *p)
{
	const struct story *s = p->s;
	char took[STAMP_SIZE];

	raw(p, "<dt>Recovery</dt><dd>");
	put_in(p, "", s->row, *s->row ? ": " : "");
	put(p, s->recovery ? s->act : "none");
	put_in(p, *s->result ? ", " : "", s->result, "");
	if (s->took_known)
		put_in(p, " after ", stamp_span((int64_t)(s->took_ms & INT64_MAX), took), "");
	if (*s->recovery_words)
		put_in(p, "<br><span class=\"soft\">", s->recovery_words, "</span>");
	raw(p, "</dd>");
}

static void write_facts(struct page *p)
{
	char buf[STAMP_SIZE];

	raw(p, "<dl>");
	end_fact(p, "Here", STORY_LOCAL);
	end_fact(p, "Peer", STORY_PEER);
	fact(p, "Connection", p->s->connection);
	fact(p, "Protocol", p->s->protocol);
	fact(p, "First packet", date(p, p->s->first_ms, buf));
	fact(p, "Last packet", date(p, p->s->last_ms, buf));
	recovery_fact(p);
	fact(p, "All times", stamp_offset(p->offset, buf));
	if (p->s->clock_ahead_ms) {
		text_addf(
			p->out,
			"<dt>Clocks</dt><dd>the peer's is %s %s ours; its times here are by ours</dd>",
			stamp_span(p->s->clock_ahead_ms, buf),
			p->s->clock_ahead_ms > 0 ? "ahead of" : "behind");
	}
	raw(p, "</dl>\n");
}

static void write_who(struct page *p, enum story_end end)
{
	put_in(p, "<span class=\"who\">", called(p, end), "</span> ");
}

static void left_off(struct page *p, size_t count, const char *what)
{
	if (count > 0)
		text_addf(p->out, "<p class=\"soft\">%zu more %s in incident.json.</p>\n", count,
			  what);
}

static void write_evidence(struct page *p)
{
	const struct story *s = p->s;
	char buf[STAMP_SIZE];

	raw(p, "<section><h2>Why: the evidence</h2>\n<ol class=\"ev\">");
	for (size_t i = 0; i < s->evidences; i++) {
		const struct story_evidence *e = &s->evidence[i];

		raw(p, "<li>");
		write_who(p, e->end);
		put(p, e->text);
		if (e->ms != STORY_UNKNOWN)
			put_in(p, " <time>", date(p, e->ms, buf), "</time>");
		raw(p, "</li>\n");
	}
	raw(p, "</ol>\n");
	if (s->evidences == 0)
		raw(p, "<p>Nothing beyond the packets.</p>\n");
	left_off(p, s->evidences_left, "are");
	raw(p, "<p><b>What the peer says:</b> ");
	if (s->answered)
		put(p, *s->answer_words ? s->answer_words
					: "it answered, without a finding of its own.");
	else
		put(p, *s->answer_absent ? s->answer_absent : "nothing was heard of it.");
	raw(p, "</p></section>\n");
}

static void key(struct page *p, const char *class, const char *text)
{
	text_addf(
		p->out,
		"<span><svg width=\"14\" height=\"10\"><rect class=\"%s\" width=\"14\" height=\"10\" "
		"rx=\"2\"/></svg> %s</span>",
		class, text);
}

static void write_chart(struct page *p)
{
	raw(p, "<section><h2>Both ends over time</h2>\n<div class=\"chart\">");
	if (!chart_write(p->out, p->s, p->offset))
		raw(p, "<p class=\"soft\">No time is known.</p>");
	raw(p, "</div><p class=\"key\">");
	key(p, "sa bad", "the SA of the packets");
	key(p, "sa in", "inbound SA");
	key(p, "sa out", "outbound SA");
	key(p, "k0", "IKE exchange");
	key(p, "k5", "refused packets");
	key(p, "k4", "recovery");
	raw(p, "</p></section>\n");
}

/* "-61.250 s": how far from the first refused packet. */
static void write_distance(struct page *p, int64_t ms)
{
	int64_t first = p->s->first_ms;
	char span[STAMP_SIZE];

	if (first == STORY_UNKNOWN || ms == first)
		return;
	text_addf(p->out, " <br>%s%s", ms < first ? "\342\210\222" : "+",
		  stamp_span(ms - first, span));
}

static void write_mark(struct page *p, const struct story_mark *m)
{
	char buf[STAMP_SIZE];

	text_addf(p->out, "<li class=\"%s k%d\"><time>%s", m->end == STORY_PEER ? "r" : "l",
		  (int)m->kind, stamp_clock(m->ms, p->offset, buf));
	write_distance(p, m->ms);
	text_addf(p->out, "</time><p><i>%s</i>", story_kind_text(m->kind));
	if (m->kind == STORY_DROP) {
		text_addf(p->out, "%" PRIu64 " packet%s, SPI ", m->count, m->count == 1 ? "" : "s");
		put_spi(p, m->spi);
		if (m->until_ms != m->ms)
			text_addf(p->out, ", within %s", stamp_span(m->until_ms - m->ms, buf));
	} else {
		put(p, m->text);
	}
	raw(p, "</p></li>\n");
}

static void write_line(struct page *p)
{
	raw(p, "<section><h2>Side by side</h2>\n");
	left_off(p, p->s->marks_left, "earlier records are");
	raw(p, "<ol class=\"line\"><li class=\"head\"><b>");
	put(p, called(p, STORY_LOCAL));
	raw(p, "</b><time>time</time><b>");
	put(p, called(p, STORY_PEER));
	raw(p, "</b></li>\n");
	for (size_t i = 0; i < p->s->marks; i++)
		write_mark(p, &p->s->mark[i]);
	raw(p, "</ol></section>\n");
}

static void cell(struct page *p, const char *text)
{
	put_in(p, "<td class=\"m\">", text, "</td>");
}

static void write_sa(struct page *p, const struct story_sa *sa)
{
	char buf[STAMP_SIZE], spi[16];

	snprintf(spi, sizeof(spi), "0x%08x", sa->spi);
	raw(p, sa->spi == p->s->spi ? "<tr class=\"hot\">" : "<tr>");
	put_in(p, "<td>", called(p, sa->end), "</td>");
	cell(p, sa->in ? "in" : "out");
	cell(p, spi);
	cell(p, date(p, sa->born_ms, buf));
	cell(p, sa->died_ms == STORY_UNKNOWN && !*sa->why ? "lives" : date(p, sa->died_ms, buf));
	raw(p, "<td>");
	put(p, sa->why);
	if (*sa->author)
		put_in(p, " (", sa->author, ")");
	raw(p, "</td></tr>\n");
}

static void write_sas(struct page *p)
{
	raw(p, "<section><h2>The SAs</h2>\n<div class=\"wide\"><table><tr><th>Router</th><th></th>"
	       "<th>SPI</th><th>Made</th><th>Ended</th><th>Why</th></tr>\n");
	for (size_t i = 0; i < p->s->sas; i++)
		write_sa(p, &p->s->sa[i]);
	raw(p, "</table></div>\n");
	left_off(p, p->s->sas_left, "are");
	raw(p, "</section>\n");
}

static void number_cell(struct page *p, const char *format, unsigned int n)
{
	char buf[24];

	snprintf(buf, sizeof(buf), format[0] == 'x' ? "0x%08x" : "%u", n);
	cell(p, buf);
}

static void write_packet(struct page *p, const struct story_packet *k)
{
	char buf[STAMP_SIZE];

	raw(p, "<tr>");
	cell(p, date(p, k->ms, buf));
	cell(p, k->source);
	cell(p, k->target);
	number_cell(p, "x", k->spi);
	number_cell(p, "u", k->seq);
	number_cell(p, "u", (unsigned int)k->whole);
	raw(p, "</tr>\n");
}

static void write_bytes(struct page *p, const struct story_packet *k)
{
	raw(p, "<pre>");
	for (size_t i = 0; i < k->len && i < 256; i++)
		text_addf(p->out, "%02x%s", p->s->bytes[k->at + i], i % 16 == 15 ? "\n" : " ");
	raw(p, "</pre>");
}

static void write_packets(struct page *p)
{
	const struct story *s = p->s;

	raw(p, "<section><h2>The refused packets</h2>\n");
	if (s->packets == 0) {
		raw(p, "<p>None was kept.</p></section>\n");
		return;
	}
	raw(p,
	    "<p>Their first bytes are in <a href=\"packets.pcapng\">packets.pcapng</a>.</p>\n"
	    "<details><summary>List and first one</summary><div class=\"wide\"><table><tr><th>Time</th>"
	    "<th>Source</th><th>Destination</th><th>SPI</th><th>Sequence</th><th>Bytes</th></tr>\n");
	for (size_t i = 0; i < s->packets && i < ROWS_MAX; i++)
		write_packet(p, &s->packet[i]);
	raw(p, "</table></div>");
	write_bytes(p, &s->packet[0]);
	raw(p, "</details>\n");
	left_off(p, s->packets_left, "are");
	raw(p, "</section>\n");
}

/* Returns how many of its bytes are shown. */
static size_t write_file(struct page *p, const struct report_file *f, size_t room)
{
	size_t shown = f->len < PAGE_FILE_BYTES ? f->len : PAGE_FILE_BYTES;

	raw(p, "<details><summary>");
	put(p, f->name);
	text_addf(p->out, " <span class=\"soft\">%zu bytes</span></summary>", f->len);
	if (memchr(f->data, 0, f->len) || shown > room) {
		raw(p, "<p class=\"soft\">It is in this folder.</p></details>\n");
		return 0;
	}
	raw(p, "<pre>");
	plain_add_n(p->out, PLAIN_HTML, true, f->data, shown);
	raw(p, "</pre>");
	if (shown < f->len)
		raw(p, "<p class=\"soft\">The rest is in this folder.</p>");
	raw(p, "</details>\n");
	return shown;
}

static void write_files(struct page *p, const struct report_file *files, size_t count)
{
	size_t room = PAGE_FILES_BYTES;

	raw(p,
	    "<section><h2>In this folder</h2>\n<p><a href=\"report.txt\">report.txt</a>: a letter to the "
	    "operator of the other end. <a href=\"incident.json\">incident.json</a>: all of it, for a "
	    "program.</p>\n");
	for (size_t i = 0; i < count; i++)
		room -= write_file(p, &files[i], room);
	raw(p, "</section>\n");
}

void page_write(struct text *out, const struct story *s, const struct report_file *files,
		size_t count)
{
	struct page p = {.out = out, .s = s, .offset = s->router[STORY_LOCAL].offset_minutes};

	write_head(&p);
	write_title(&p);
	write_facts(&p);
	write_evidence(&p);
	write_chart(&p);
	write_line(&p);
	write_sas(&p);
	write_packets(&p);
	write_files(&p, files, count);
	raw(&p, "<footer><p>Written by Spindle.</p></footer>\n</body>\n</html>\n");
}
