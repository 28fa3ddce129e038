#include "cli/term/display.h"

#include <stdbool.h>
#include <string.h>

#include "cli/term/clean.h"

#define SHIFT	  10 /* columns that come into sight at a time */
#define LEAST	  20 /* columns of the line, however long the prompt */
#define LINE_COLS 2048

/* A line in columns. */
struct cells {
	uint32_t c[LINE_COLS];
	size_t len;
};

static void add_cell(struct cells *to, uint32_t c, unsigned int width)
{
	if (to->len + width > LINE_COLS)
		return;
	to->c[to->len++] = c;
	if (width > 1)
		to->c[to->len++] = 0;
}

/* A control character that was quoted is seen as ^X. */
static void add_char(struct cells *to, uint32_t c)
{
	unsigned int width = clean_width(c);

	if (width > 0) {
		add_cell(to, c, width);
	} else if (c < 0x20 || c == 0x7f) {
		add_cell(to, '^', 1);
		add_cell(to, c ^ 0x40, 1);
	} else {
		add_cell(to, '?', 1);
	}
}

static void add_prompt(struct cells *to, const char *prompt)
{
	size_t len = strlen(prompt);

	for (size_t i = 0; i < len;) {
		uint32_t c = '?';
		size_t n = utf8_decode(prompt + i, len - i, &c);

		add_char(to, c);
		i += n > 0 ? n : 1;
	}
}

static size_t usable(unsigned int width)
{
	return width == 0 || width > DISPLAY_MAX ? DISPLAY_MAX : width;
}

void display_init(struct display *d, unsigned int width)
{
	memset(d, 0, sizeof(*d));
	d->width = usable(width);
}

void display_resize(struct display *d, unsigned int width)
{
	d->width = usable(width);
	d->offset = 0;
}

/* So that the cursor is in sight; room: columns that the line has. */
static void scroll(struct display *d, size_t total, size_t cursor, size_t room)
{
	if (total <= room)
		d->offset = 0;
	else if (cursor > d->offset + room)
		d->offset = cursor - room + SHIFT;
	else if (d->offset > 0 && cursor <= d->offset)
		d->offset = cursor > SHIFT ? cursor - SHIFT : 0;
}

/* What the row is to show: prompt, then the part of the line that is in sight. */
static void compose(const struct display *d, struct cells *row, const struct cells *line,
		    size_t room)
{
	size_t first = row->len;

	for (size_t i = d->offset; i < line->len && i < d->offset + room; i++)
		row->c[row->len++] = line->c[i];
	if (d->offset > 0 && row->len > first)
		row->c[first] = '$';
	if (line->len > d->offset + room)
		row->c[row->len - 1] = '$';
}

static void send_cells(struct display *d, const struct cells *row, size_t to, struct text *out)
{
	char bytes[4];

	for (; d->col < to; d->col++) {
		/* Half of a wide character at the edge is a blank. */
		bool half = row->c[d->col] == 0 &&
			    (d->col == 0 || clean_width(row->c[d->col - 1]) < 2);

		if (row->c[d->col])
			text_add_n(out, bytes, utf8_encode(row->c[d->col], bytes));
		else if (half)
			text_add_n(out, " ", 1);
	}
}

static void go_back(struct display *d, size_t to, struct text *out)
{
	if (to == 0 && d->col > 0)
		text_add_n(out, "\r", 1);
	else
		for (size_t n = d->col; n > to; n--)
			text_add_n(out, "\b", 1);
	d->col = to;
}

static void send_row(struct display *d, const struct cells *row, size_t cursor, struct text *out)
{
	size_t same = 0, old = d->len;

	while (same < row->len && same < d->len && row->c[same] == d->shown[same])
		same++;
	while (same > 0 && same < row->len && row->c[same] == 0)
		same--; /* wide characters are sent whole */
	if (same < row->len || same < d->len) {
		if (d->col > same)
			go_back(d, same, out);
		send_cells(d, row, row->len, out);
		for (; d->col < old; d->col++)
			text_add_n(out, " ", 1);
	}
	memcpy(d->shown, row->c, row->len * sizeof(row->c[0]));
	d->len = row->len;
	if (d->col > cursor)
		go_back(d, cursor, out);
	send_cells(d, row, cursor, out);
}

void display_update(struct display *d, const char *prompt, const wchar_t *line, size_t len,
		    size_t cursor, struct text *out)
{
	struct cells row = {.len = 0}, all = {.len = 0};
	size_t at = 0, room;

	add_prompt(&row, prompt);
	if (row.len > DISPLAY_MAX / 2)
		row.len = DISPLAY_MAX / 2;
	for (size_t i = 0; i < len; i++) {
		if (i == cursor)
			at = all.len;
		add_char(&all, (uint32_t)line[i]);
	}
	if (cursor >= len)
		at = all.len;
	/* The last column stays free: a terminal that wraps there would go to the next row. */
	room = d->width > row.len + LEAST + 1 ? d->width - row.len - 1 : LEAST;
	scroll(d, all.len, at, room);
	at += row.len - d->offset;
	compose(d, &row, &all, room);
	send_row(d, &row, at, out);
}

void display_hide(struct display *d, struct text *out)
{
	if (d->len > 0) {
		text_addf(out, "\r%*s\r", (int)d->len, "");
	}
	d->len = 0;
	d->col = 0;
}

void display_leave(struct display *d, struct text *out)
{
	struct cells row = {.len = d->len};

	memcpy(row.c, d->shown, d->len * sizeof(row.c[0]));
	send_cells(d, &row, d->len, out);
	text_add(out, "\r\n");
	d->len = 0;
	d->col = 0;
	d->offset = 0;
}
