/* Notes in words: what a row's numbers, names and payloads read like. No allocation; what does not fit is cut. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "recorder/note_internal.h"

struct words {
	char *buf;
	size_t size, len;
	const struct note_args *args;
	const struct recorder_names *names;
};

const char *recorder_kind_text(enum recorder_kind kind)
{
	static const char *const texts[RECORDER_KIND_COUNT] = {
		[RECORDER_IKE] = "ike",		  [RECORDER_SA] = "sa",
		[RECORDER_XFRM] = "xfrm",	  [RECORDER_SPI] = "spi",
		[RECORDER_RECOVERY] = "recovery", [RECORDER_SYSTEM] = "system"};

	return (unsigned int)kind < RECORDER_KIND_COUNT ? texts[kind] : "unknown";
}

static void add_char(struct words *w, char c)
{
	if (w->len + 1 < w->size)
		w->buf[w->len++] = c;
}

static void add(struct words *w, const char *text)
{
	while (*text)
		add_char(w, *text++);
}

/* Text from elsewhere: a line and a terminal must survive it. */
static void add_text(struct words *w, struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		add_char(w, v.data[i] >= 0x20 && v.data[i] < 0x7f ? (char)v.data[i] : '?');
}

static void add_number(struct words *w, const char *format, uint64_t v)
{
	char text[24];

	if (*format == 'x')
		snprintf(text, sizeof(text), "0x%08" PRIX64, v);
	else if (*format == 'X')
		snprintf(text, sizeof(text), "%016" PRIX64, v);
	else
		snprintf(text, sizeof(text), "%" PRIu64, v);
	add(w, text);
}

static const char *(*name_of(const struct recorder_names *n, char letter))(uint64_t v)
{
	switch (letter) {
	case 'r':
		return n->reason;
	case 'd':
		return n->death;
	case 'g':
		return n->gone;
	case 'v':
		return n->verdict;
	case 'w':
		return n->row;
	case 'c':
		return n->act;
	case 'o':
		return n->result;
	case 'e':
		return n->exchange;
	case 'n':
		return n->notify;
	default:
		return NULL;
	}
}

static void add_value(struct words *w, char letter, uint64_t v)
{
	const char *(*name)(uint64_t) = w->names ? name_of(w->names, letter) : NULL;
	const char *text = name ? name(v) : NULL;

	if (text)
		add(w, text);
	else
		add_number(w, &letter, v);
}

static const char *payload_name(const struct words *w, uint8_t type)
{
	return w->names && w->names->payload ? w->names->payload(type) : NULL;
}

static void add_detail(struct words *w, struct reader *r)
{
	uint16_t notify = reader_u16(r);
	uint8_t count = reader_u8(r);

	add_char(w, '(');
	if (notify)
		add_value(w, 'n', notify);
	for (uint8_t i = 0; i < count && reader_ok(r); i++) {
		if (notify || i)
			add_char(w, ' ');
		add_number(w, "x", reader_u32(r));
	}
	add_char(w, ')');
}

static void add_payloads(struct words *w, struct view list)
{
	struct reader r = reader_of(list);

	if (!list.len)
		add(w, " nothing");
	while (reader_left(&r)) {
		uint8_t type = reader_u8(&r);
		const char *name = payload_name(w, type & 0x7f);

		add_char(w, ' ');
		if (type == NOTE_CUT)
			add(w, "...");
		else if (name)
			add(w, name);
		else
			add_number(w, "u", type & 0x7f);
		if (type != NOTE_CUT && (type & NOTE_DETAIL))
			add_detail(w, &r);
	}
}

/* At '%': the value; returns what stands behind it. */
static const char *add_percent(struct words *w, const char *at)
{
	char text[ADDR_STRLEN];

	if (isdigit((unsigned char)at[1])) {
		add_value(w, at[2], w->args->n[at[1] - '0']);
		return at + 3;
	}
	if (at[1] == 'a')
		add(w, addr_is_set(&w->args->addr) ? addr_format(&w->args->addr, text) : "-");
	else if (at[1] == 's')
		add_text(w, w->args->rest);
	else if (at[1] == 'p')
		add_payloads(w, w->args->rest);
	return at + 2;
}

static void add_words(struct words *w, const char *at, const char *end);

/* "{N:zero|one}": the one that the number chooses; the last one for more. */
static void add_choice(struct words *w, const char *at, const char *end)
{
	uint64_t left = w->args->n[at[1] - '0'];
	const char *from = at + 3, *bar;

	while (left-- && (bar = memchr(from, '|', (size_t)(end - from))))
		from = bar + 1;
	bar = memchr(from, '|', (size_t)(end - from));
	add_words(w, from, bar ? bar : end);
}

static void add_words(struct words *w, const char *at, const char *end)
{
	while (at < end) {
		const char *close;

		if (*at == '%') {
			at = add_percent(w, at);
		} else if (*at == '{') {
			close = strchr(at, '}');
			add_choice(w, at, close);
			at = close + 1;
		} else if (*at == '[') {
			close = strchr(at, ']');
			if (w->args->n[at[1] - '0'])
				add_words(w, at + 2, close);
			at = close + 1;
		} else {
			add_char(w, *at++);
		}
	}
}

const char *recorder_args_format(enum recorder_id id, struct view args,
				 const struct recorder_names *names, char *buf, size_t size)
{
	const struct note_row *row = note_row(id);
	struct note_args read;
	struct words w = {.buf = buf, .size = size, .args = &read, .names = names};

	if (row && note_args_read(row, args, &read))
		add_words(&w, row->words, row->words + strlen(row->words));
	else
		add(&w, "a record that cannot be read");
	if (size)
		buf[w.len] = '\0';
	return buf;
}
