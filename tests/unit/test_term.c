/* term: what reaches a terminal, the row with the line, pages, load, and libedit under scripted keys. */
#include "unit.h"

#include <locale.h>
#include <string.h>

#include "base/text.h"
#include "cli/term/clean.h"
#include "cli/term/display.h"
#include "cli/term/editor.h"
#include "cli/term/load.h"
#include "cli/term/pager.h"

/* clean */

static void expect_clean(const char *bytes, size_t len, const char *want, size_t columns)
{
	struct text out;

	text_init(&out, 0);
	assert_int_equal(clean_add(&out, bytes, len), columns);
	assert_string_equal(text_str(&out), want);
	text_free(&out);
}

#define CLEAN(bytes, want, columns) expect_clean(bytes, sizeof(bytes) - 1, want, columns)

static void test_nothing_that_steers_a_terminal_is_sent(void **state)
{
	(void)state;
	CLEAN("plain text", "plain text", 10);
	CLEAN("\033[2J\a\r\n\0", "\\x1b[2J\\x07\\x0d\\x0a\\x00", 23);
	CLEAN("a\tb", "a       b", 9);
	CLEAN("\177\302\233m", "\\x7f\\u{9b}m", 11);
	CLEAN("\342\200\256live", "\\u{202e}live", 12);
	CLEAN("Stra\303\237e", "Stra\303\237e", 6);
	CLEAN("\347\225\214", "\347\225\214", 2);
}

static void test_bytes_that_are_no_characters_are_shown_as_bytes(void **state)
{
	(void)state;
	CLEAN("\377\300\257x", "\\xff\\xc0\\xafx", 13);
	CLEAN("\303", "\\xc3", 4);
	CLEAN("\355\240\200", "\\xed\\xa0\\x80", 12);
	CLEAN("\364\220\200\200", "\\xf4\\x90\\x80\\x80", 16);
}

static void test_every_byte_comes_out_printable(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < 256; a++) {
		for (unsigned int b = 0; b < 256; b++) {
			char in[2] = {(char)a, (char)b};
			struct text out;

			text_init(&out, 0);
			clean_add(&out, in, 2);
			for (size_t i = 0; i < out.len;) {
				uint32_t c = 0;
				size_t n = utf8_decode(out.data + i, out.len - i, &c);

				assert_true(n > 0 && clean_width(c) > 0);
				i += n;
			}
			text_free(&out);
		}
	}
}

static void test_characters_survive_their_encoding(void **state)
{
	static const uint32_t some[] = {0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff};

	(void)state;
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		char bytes[4];
		uint32_t c = 1;
		size_t n = utf8_encode(some[i], bytes);

		assert_int_equal(utf8_decode(bytes, n, &c), n);
		assert_int_equal(c, some[i]);
		assert_int_equal(utf8_decode(bytes, n - 1, &c), 0);
	}
}

/* display: what a terminal shows that got everything so far, one row of it */

struct screen {
	char row[256];
	size_t col, rows, width;
};

static void show_on(struct screen *s, const char *bytes)
{
	for (; *bytes; bytes++) {
		if (*bytes == '\b') {
			assert_true(s->col > 0);
			s->col--;
		} else if (*bytes == '\r') {
			s->col = 0;
		} else if (*bytes == '\n') {
			memset(s->row, ' ', sizeof(s->row) - 1);
			s->rows++;
		} else {
			assert_true(s->col < s->width);
			s->row[s->col++] = *bytes;
		}
	}
}

static void expect_screen(const struct screen *s, const char *want, size_t col)
{
	char row[256];
	size_t n = s->width;

	memcpy(row, s->row, sizeof(row));
	while (n > 0 && row[n - 1] == ' ')
		n--;
	row[n] = '\0';
	assert_string_equal(row, want);
	assert_int_equal(s->col, col);
}

static void update(struct display *d, struct screen *s, const wchar_t *line, size_t cursor)
{
	struct text out;

	text_init(&out, 0);
	display_update(d, "R1#", line, wcslen(line), cursor, &out);
	show_on(s, text_str(&out));
	text_free(&out);
}

static void start_screen(struct display *d, struct screen *s, unsigned int width)
{
	display_init(d, width);
	memset(s, 0, sizeof(*s));
	memset(s->row, ' ', sizeof(s->row) - 1);
	s->width = width;
}

static void test_the_row_follows_the_line(void **state)
{
	struct display d;
	struct screen s;

	(void)state;
	start_screen(&d, &s, 40);
	update(&d, &s, L"", 0);
	expect_screen(&s, "R1#", 3);
	update(&d, &s, L"show", 4);
	expect_screen(&s, "R1#show", 7);
	update(&d, &s, L"show", 0);
	expect_screen(&s, "R1#show", 3);
	update(&d, &s, L"no show", 3);
	expect_screen(&s, "R1#no show", 6);
	update(&d, &s, L"no", 2);
	expect_screen(&s, "R1#no", 5);
	update(&d, &s, L"a\001b\177", 4);
	expect_screen(&s, "R1#a^Ab^?", 9);
}

static void test_typing_at_the_end_sends_the_character_only(void **state)
{
	struct display d;
	struct text out;

	(void)state;
	display_init(&d, 80);
	text_init(&out, 0);
	display_update(&d, "R1#", L"sho", 3, 3, &out);
	assert_string_equal(text_str(&out), "R1#sho");
	display_update(&d, "R1#", L"show", 4, 4, &out);
	display_update(&d, "R1#", L"show", 4, 4, &out);
	assert_string_equal(text_str(&out), "R1#show");
	display_leave(&d, &out);
	assert_string_equal(text_str(&out), "R1#show\r\n");
	text_free(&out);
}

static void test_a_wide_line_moves_sideways(void **state)
{
	const wchar_t line[] = L"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	struct display d;
	struct screen s;

	(void)state;
	start_screen(&d, &s, 40);
	/* 36 columns for the line; the last one of the terminal stays free. */
	for (size_t n = 1; n <= 36; n++) {
		wchar_t part[64] = {0};

		wmemcpy(part, line, n);
		update(&d, &s, part, n);
	}
	expect_screen(&s, "R1#0123456789abcdefghijklmnopqrstuvwxyz", 39);
	update(&d, &s, line, 62);
	expect_screen(&s, "R1#$BCDEFGHIJKLMNOPQRSTUVWXYZ", 29);
	update(&d, &s, line, 0);
	expect_screen(&s, "R1#0123456789abcdefghijklmnopqrstuvwxy$", 3);
	update(&d, &s, line, 40);
	expect_screen(&s, "R1#$fghijklmnopqrstuvwxyzABCDEFGHIJKLM$", 29);
	assert_int_equal(s.rows, 0);
}

/* Whatever is typed and wherever the cursor goes, the row holds what a fresh one would. */
static void test_random_edits_leave_the_row_right(void **state)
{
	struct display d, fresh;
	struct screen s, want;
	wchar_t line[100] = L"";
	unsigned int random = 1;

	(void)state;
	start_screen(&d, &s, 40);
	for (int i = 0; i < 5000; i++) {
		size_t len = (random = random * 1103515245 + 12345) >> 16 & 63, cursor;

		for (size_t n = 0; n < len; n++)
			line[n] = (wchar_t)(L'a' + (random >> (n % 20) & 15));
		line[len] = 0;
		cursor = len ? (random >> 8) % (len + 1) : 0;
		update(&d, &s, line, cursor);
		start_screen(&fresh, &want, 40);
		fresh.offset = d.offset;
		update(&fresh, &want, line, cursor);
		assert_memory_equal(s.row, want.row, 40);
		assert_int_equal(s.col, want.col);
	}
}

static void test_a_row_that_is_hidden_comes_back(void **state)
{
	struct display d;
	struct screen s;
	struct text out;

	(void)state;
	start_screen(&d, &s, 40);
	text_init(&out, 0);
	update(&d, &s, L"show ver", 5);
	display_hide(&d, &out);
	show_on(&s, text_str(&out));
	expect_screen(&s, "", 0);
	update(&d, &s, L"show ver", 5);
	expect_screen(&s, "R1#show ver", 8);
	text_free(&out);
}

static void test_a_wide_character_has_two_columns(void **state)
{
	struct display d;
	struct text out;

	(void)state;
	display_init(&d, 40);
	text_init(&out, 0);
	display_update(&d, "#",
		       L"\x754c"
		       L"b",
		       2, 1, &out);
	assert_string_equal(text_str(&out), "#\347\225\214b\b");
	display_update(&d, "#",
		       L"\x754c"
		       L"b",
		       2, 0, &out);
	assert_string_equal(text_str(&out), "#\347\225\214b\b\b\b");
	text_free(&out);
}

static void test_no_width_and_no_prompt_is_too_much(void **state)
{
	wchar_t line[600];
	char prompt[3000];

	(void)state;
	memset(prompt, 'p', sizeof(prompt));
	prompt[sizeof(prompt) - 1] = '\0';
	wmemset(line, L'\x754c', 600);
	for (unsigned int width = 0; width < 1200; width += 7) {
		struct display d;
		struct text out;

		display_init(&d, width);
		text_init(&out, 0);
		display_update(&d, prompt, line, 600, 600, &out);
		display_update(&d, "#", line, 600, 300, &out);
		display_update(&d, "#", line, 600, 0, &out);
		assert_true(d.len <= DISPLAY_MAX && d.col <= d.len);
		text_free(&out);
	}
}

/* pager */

static unsigned int printed_until_asked(struct pager *p, const char *line, size_t columns)
{
	unsigned int n = 0;

	while (n < 1000 && pager_offer(p, line, columns) == PAGER_PRINT)
		n++;
	return n;
}

static void test_a_page_is_the_length_less_one(void **state)
{
	struct pager p = {0};

	(void)state;
	pager_begin(&p, 24, 80);
	assert_int_equal(printed_until_asked(&p, "x", 1), 23);
	assert_int_equal(pager_key(&p, ' '), PAGER_GO_ON);
	assert_int_equal(printed_until_asked(&p, "x", 1), 23);
	assert_int_equal(pager_key(&p, '\r'), PAGER_GO_ON);
	assert_int_equal(printed_until_asked(&p, "x", 1), 1);
	assert_int_equal(pager_key(&p, 'q'), PAGER_STOP);
	assert_int_equal(pager_key(&p, 'y'), PAGER_STOP);
	pager_begin(&p, 0, 80);
	assert_int_equal(printed_until_asked(&p, "x", 1), 1000);
	for (unsigned int tiny = 1; tiny < 3; tiny++) {
		pager_begin(&p, tiny, 80);
		assert_int_equal(printed_until_asked(&p, "x", 1), 1);
	}
}

static void test_a_line_that_wraps_has_its_rows(void **state)
{
	struct pager p = {0};

	(void)state;
	pager_begin(&p, 11, 80);
	assert_int_equal(printed_until_asked(&p, "x", 80), 10);
	pager_begin(&p, 11, 80);
	assert_int_equal(printed_until_asked(&p, "x", 81), 5);
	pager_begin(&p, 11, 0);
	assert_int_equal(printed_until_asked(&p, "x", 8100), 10);
	pager_begin(&p, 3, 1);
	assert_int_equal(printed_until_asked(&p, "x", SIZE_MAX / 2), 1);
}

static void test_expressions_at_the_question(void **state)
{
	struct error err = {0};
	struct pager p = {0};

	(void)state;
	pager_begin(&p, 3, 80);
	assert_int_equal(pager_key(&p, '/'), PAGER_PATTERN);
	assert_int_equal(pager_pattern(&p, '/', "b.d", &err), 0);
	assert_int_equal(pager_offer(&p, "a", 1), PAGER_SKIP);
	assert_int_equal(pager_offer(&p, "bad", 3), PAGER_PRINT);
	assert_int_equal(pager_offer(&p, "a", 1), PAGER_PRINT);
	assert_int_equal(pager_pattern(&p, '+', "x", &err), 0);
	assert_int_equal(pager_offer(&p, "a", 1), PAGER_SKIP);
	assert_int_equal(pager_offer(&p, "x", 1), PAGER_PRINT);
	assert_int_equal(pager_pattern(&p, '-', "x", &err), 0);
	assert_int_equal(pager_offer(&p, "a", 1), PAGER_PRINT);
	assert_int_equal(pager_offer(&p, "x", 1), PAGER_SKIP);
	assert_true(pager_pattern(&p, '/', "(", &err) < 0);
	assert_non_null(strstr(err.text, "regular expression"));
	assert_int_equal(pager_offer(&p, "x", 1), PAGER_SKIP);
	pager_begin(&p, 3, 80);
	assert_int_equal(pager_offer(&p, "x", 1), PAGER_PRINT);
	pager_end(&p);
}

/* load */

static void test_load_is_read_from_the_kernels_line(void **state)
{
	struct load_sample s;

	(void)state;
	assert_int_equal(load_parse("cpu  100 10 50 800 40 3 7 0 0 0\n", &s), 0);
	assert_int_equal(s.all, 1010);
	assert_int_equal(s.busy, 170);
	assert_int_equal(s.interrupt, 10);
	assert_true(load_parse("cpu 1 2 3", &s) < 0);
	assert_true(load_parse("intr 1 2 3 4 5 6 7 8", &s) < 0);
	assert_true(load_parse("", &s) < 0);
}

static void test_load_shares_look_back_as_far_as_they_say(void **state)
{
	struct load l = {0};
	struct load_shares shares;
	struct load_sample now;

	(void)state;
	load_shares(&l, &(struct load_sample){.all = 5}, &shares);
	assert_int_equal(shares.five_s, 0);
	/* Idle for five minutes, then half busy for one, then wholly for five seconds. */
	for (uint64_t t = 0; t <= 400; t += 5) {
		uint64_t half = t > 340 ? t - 340 : 0;

		load_add(&l, &(struct load_sample){
				     .at_ms = t * 1000, .all = t * 100, .busy = half * 50});
	}
	now = (struct load_sample){
		.at_ms = 405000, .all = 40500, .busy = 3000 + 500, .interrupt = 50};
	load_shares(&l, &now, &shares);
	assert_int_equal(shares.five_s, 100);
	assert_int_equal(shares.interrupt, 10);
	assert_int_equal(shares.minute, 54);
	assert_int_equal(shares.five_min, 11);
}

/* editor: keys come from a string; when it has ended, nobody types any more */

struct script {
	const char *keys;
	size_t at, len;
	struct text out;
	struct text helped; /* lines before the cursor at each `?` */
	const char *completion;
};

static int script_key(void *ctx, bool wait)
{
	struct script *s = ctx;

	(void)wait;
	return s->at < s->len ? (unsigned char)s->keys[s->at++] : EDITOR_GONE;
}

static void script_write(void *ctx, const char *text, size_t len)
{
	struct script *s = ctx;

	text_add_n(&s->out, text, len);
}

static void script_help(void *ctx, const char *before)
{
	struct script *s = ctx;

	text_addf(&s->helped, "<%s>", before);
}

static bool script_complete(void *ctx, const char *before, struct text *rest)
{
	struct script *s = ctx;

	text_addf(&s->helped, "[%s]", before);
	if (s->completion)
		text_add(rest, s->completion);
	return s->completion;
}

static const struct editor_ops script_ops = {
	.key = script_key,
	.write = script_write,
	.help = script_help,
	.complete = script_complete,
};

static struct script script;
static struct editor *editor;

static int setup_editor(void **state)
{
	(void)state;
	memset(&script, 0, sizeof(script));
	text_init(&script.out, 0);
	text_init(&script.helped, 0);
	editor = editor_new(&script_ops, &script, NULL);
	return editor ? 0 : -1;
}

static int teardown_editor(void **state)
{
	(void)state;
	editor_free(editor);
	text_free(&script.out);
	text_free(&script.helped);
	return 0;
}

static enum editor_end type_n(const char *keys, size_t len, struct text *line)
{
	script.keys = keys;
	script.len = len;
	script.at = 0;
	return editor_read(editor, "R1#", EDITOR_EXEC, line);
}

static void expect_typed(const char *keys, enum editor_end end, const char *want)
{
	struct text line;

	text_init(&line, 0);
	assert_int_equal(type_n(keys, strlen(keys), &line), end);
	assert_string_equal(text_str(&line), want);
	text_free(&line);
}

static void test_the_routers_keys(void **state)
{
	static const struct {
		const char *keys, *line;
	} rows[] = {
		{"abc\r", "abc"},
		{"abc\n", "abc"},
		{"bc\001a\r", "abc"},
		{"abc\001\005d\r", "abcd"},
		{"abd\002c\r", "abcd"},
		{"bc\001\006x\r", "bxc"},
		{"abc\001\004\r", "bc"},
		{"abx\010c\r", "abc"},
		{"abx\177c\r", "abc"},
		{"ab cd\002\002\013\r", "ab "},
		{"ab cd\002\002\025\r", "cd"},
		{"ab cd\002\002\030\r", "cd"},
		{"ab cd\027x\r", "ab x"},
		{"ab cd\027\031\031\r", "ab cdcd"},
		{"ab\024\r", "ba"},
		{"one two\033bX\r", "one Xtwo"},
		{"one two\001\033fX\r", "oneX two"},
		{"one two\001\033d\r", " two"},
		{"one two\001\033c\r", "One two"},
		{"ONE two\001\033l\r", "one two"},
		{"one two\001\033u\r", "ONE two"},
		{"bc\033[D\033[Da\r", "abc"},
		{"ab\033OD\033OCc\r", "abc"},
		{"bc\033[Ha\033[Fd\r", "abcd"},
		{"xab\033[1~\033[3~\033[4~c\r", "abc"},
		{"a\026?b\r", "a?b"},
		{"a\026\001b\r", "a\001b"},
		{"a\014b\022c\r", "abc"},
		{"\303\274ber\010\010e\r", "\303\274be"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect_typed(rows[i].keys, EDITOR_LINE, rows[i].line);
}

static void test_how_lines_end(void **state)
{
	(void)state;
	expect_typed("\r", EDITOR_LINE, "");
	expect_typed("abc\003", EDITOR_INTERRUPT, "abc");
	expect_typed("\003", EDITOR_INTERRUPT, "");
	expect_typed("abc\032", EDITOR_END, "abc");
	expect_typed("\032", EDITOR_END, "");
	expect_typed("", EDITOR_CLOSED, "");
	expect_typed("\004\r", EDITOR_LINE, "");
	assert_non_null(strstr(text_str(&script.out), "R1#abc^C\r\n"));
	assert_non_null(strstr(text_str(&script.out), "R1#abc^Z\r\n"));
}

static void test_telnets_line_ends_are_one(void **state)
{
	struct text line;

	(void)state;
	expect_typed("a\r", EDITOR_LINE, "a");
	expect_typed("\nb\r", EDITOR_LINE, "b");
	text_init(&line, 0);
	assert_int_equal(type_n("\0c\r", 3, &line), EDITOR_LINE);
	assert_string_equal(text_str(&line), "c");
	text_free(&line);
}

static void test_help_is_asked_for_what_is_before_the_cursor(void **state)
{
	(void)state;
	expect_typed("show ?x\001?\r", EDITOR_LINE, "show x");
	assert_string_equal(text_str(&script.helped), "<show ><>");
	assert_non_null(strstr(text_str(&script.out), "R1#show ?\r\nR1#show "));
}

static void test_tab_inserts_what_completes(void **state)
{
	(void)state;
	script.completion = "ow ";
	expect_typed("sh\tver\r", EDITOR_LINE, "show ver");
	script.completion = NULL;
	expect_typed("s\t\r", EDITOR_LINE, "s");
	assert_string_equal(text_str(&script.helped), "[sh][s]");
	assert_non_null(strstr(text_str(&script.out), "R1#sh\r\nR1#show ver\r\n"));
	assert_non_null(strstr(text_str(&script.out), "R1#s\r\n\aR1#s\r\n"));
}

static void collect(void *arg, const char *line)
{
	text_addf(arg, "%s/", line);
}

static void expect_history(enum editor_history which, const char *want)
{
	struct text lines;

	text_init(&lines, 0);
	editor_each_history(editor, which, collect, &lines);
	assert_string_equal(text_str(&lines), want);
	text_free(&lines);
}

static void test_history_is_kept_apart_and_bounded(void **state)
{
	(void)state;
	editor_history_size(editor, 3);
	expect_history(EDITOR_EXEC, "");
	editor_remember(editor, EDITOR_EXEC, "one");
	editor_remember(editor, EDITOR_EXEC, "two");
	editor_remember(editor, EDITOR_EXEC, "two");
	editor_remember(editor, EDITOR_CONFIG, "c\303\274");
	expect_history(EDITOR_EXEC, "one/two/");
	expect_history(EDITOR_CONFIG, "c\303\274/");
	editor_remember(editor, EDITOR_EXEC, "three");
	editor_remember(editor, EDITOR_EXEC, "four");
	expect_history(EDITOR_EXEC, "two/three/four/");
	expect_typed("\020\r", EDITOR_LINE, "four");
	expect_typed("\020\020\016\r", EDITOR_LINE, "four");
	expect_typed("new\033[A\033[A\033[B\033[B\r", EDITOR_LINE, "new");
	expect_typed("\020\020\020\020\020\020\r", EDITOR_LINE, "two");
	editor_history_size(editor, 1);
	expect_history(EDITOR_EXEC, "four/");
	editor_history_size(editor, 0);
	editor_remember(editor, EDITOR_EXEC, "five");
	expect_history(EDITOR_EXEC, "");
	expect_typed("\020\r", EDITOR_LINE, "");
}

static void test_a_line_that_is_too_long_is_refused_not_cut(void **state)
{
	char keys[65536 + 2];
	struct text line;

	(void)state;
	memset(keys, 'a', sizeof(keys));
	keys[254] = '\r';
	text_init(&line, 0);
	assert_int_equal(type_n(keys, 255, &line), EDITOR_LINE);
	assert_int_equal(line.len, 254);
	keys[254] = 'a';
	keys[255] = '\r';
	assert_int_equal(type_n(keys, 256, &line), EDITOR_TOO_LONG);
	keys[255] = 'a';
	keys[65536] = '\r';
	assert_int_equal(type_n(keys, 65537, &line), EDITOR_TOO_LONG);
	/* Deleted as a whole, it is as if it had never been typed. */
	keys[600] = '\025';
	keys[601] = 'x';
	keys[602] = '\r';
	text_free(&line);
	text_init(&line, 0);
	assert_int_equal(type_n(keys, 603, &line), EDITOR_LINE);
	assert_string_equal(text_str(&line), "x");
	text_free(&line);
}

/* Every byte, and every pair behind Escape, in a line that already has something. */
static void test_no_byte_does_harm(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		char keys[] = {'a', 'b', (char)a, 'c', '\r', 'd', '\r'};
		char escaped[] = {'a', '\033', (char)a, '[', '~', '\r', '\r', '\r'};
		struct text line;

		text_init(&line, 0);
		type_n(keys, sizeof(keys), &line);
		type_n(escaped, sizeof(escaped), &line);
		text_free(&line);
	}
	for (int column = 0; column < 300; column++) {
		char keys[400];
		struct text line;

		memset(keys, column % 2 ? ' ' : 'a', sizeof(keys));
		keys[column] = '\t';
		keys[column + 1] = '\r';
		text_init(&line, 0);
		type_n(keys, (size_t)column + 2, &line);
		text_free(&line);
	}
}

static void test_a_row_that_was_taken_away_comes_back(void **state)
{
	(void)state;
	expect_typed("ab\r", EDITOR_LINE, "ab");
	editor_resize(editor, 40);
	editor_hide(editor);
	editor_show(editor);
	editor_abandon(editor);
	expect_typed("cd\r", EDITOR_LINE, "cd");
}

static int new_editor(void *arg)
{
	struct error err = {0};
	struct editor *e = editor_new(&script_ops, arg, &err);
	int rc = e ? 0 : err.code;

	editor_free(e);
	return rc;
}

static void test_no_memory_and_no_descriptors_are_errors(void **state)
{
	(void)state;
	assert_true(unit_fail_each_allocation(new_editor, &script) >= 1);
	unit_forbid_descriptors(true);
	assert_true(new_editor(&script) < 0);
	unit_forbid_descriptors(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_that_steers_a_terminal_is_sent),
		cmocka_unit_test(test_bytes_that_are_no_characters_are_shown_as_bytes),
		cmocka_unit_test(test_every_byte_comes_out_printable),
		cmocka_unit_test(test_characters_survive_their_encoding),
		cmocka_unit_test(test_the_row_follows_the_line),
		cmocka_unit_test(test_typing_at_the_end_sends_the_character_only),
		cmocka_unit_test(test_a_wide_line_moves_sideways),
		cmocka_unit_test(test_random_edits_leave_the_row_right),
		cmocka_unit_test(test_a_row_that_is_hidden_comes_back),
		cmocka_unit_test(test_a_wide_character_has_two_columns),
		cmocka_unit_test(test_no_width_and_no_prompt_is_too_much),
		cmocka_unit_test(test_a_page_is_the_length_less_one),
		cmocka_unit_test(test_a_line_that_wraps_has_its_rows),
		cmocka_unit_test(test_expressions_at_the_question),
		cmocka_unit_test(test_load_is_read_from_the_kernels_line),
		cmocka_unit_test(test_load_shares_look_back_as_far_as_they_say),
		cmocka_unit_test_setup_teardown(test_the_routers_keys, setup_editor,
						teardown_editor),
		cmocka_unit_test_setup_teardown(test_how_lines_end, setup_editor, teardown_editor),
		cmocka_unit_test_setup_teardown(test_telnets_line_ends_are_one, setup_editor,
						teardown_editor),
		cmocka_unit_test_setup_teardown(test_help_is_asked_for_what_is_before_the_cursor,
						setup_editor, teardown_editor),
		cmocka_unit_test_setup_teardown(test_tab_inserts_what_completes, setup_editor,
						teardown_editor),
		cmocka_unit_test_setup_teardown(test_history_is_kept_apart_and_bounded,
						setup_editor, teardown_editor),
		cmocka_unit_test_setup_teardown(test_a_line_that_is_too_long_is_refused_not_cut,
						setup_editor, teardown_editor),
		cmocka_unit_test_setup_teardown(test_no_byte_does_harm, setup_editor,
						teardown_editor),
		cmocka_unit_test_setup_teardown(test_a_row_that_was_taken_away_comes_back,
						setup_editor, teardown_editor),
		cmocka_unit_test_setup_teardown(test_no_memory_and_no_descriptors_are_errors,
						setup_editor, teardown_editor),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
